import Domain

/// The installation's own keys: made once, at the first use, and kept sealed by the master key.
package struct InstallationKeyStore: Sendable {
    let database: Database
    let keys: KeyRing

    package init(database: Database, keys: KeyRing) {
        self.database = database
        self.keys = keys
    }

    /// The secret, which `make` draws where there is none yet. Of two that make one at once, both get the same.
    package func secret(
        _ name: String, make: @Sendable () throws -> (secret: [UInt8], shown: [UInt8])
    ) async throws -> [UInt8] {
        let context = "installation key \(name)"
        func stored() async throws -> [UInt8]? {
            try await database.run { session in
                try session.query("SELECT sealed FROM installation_key WHERE name = $1", [.text(name)])
                    .first?.bytes("sealed")
            }
        }
        if let sealed = try await stored() { return try keys.open(sealed, context: context) }
        let made = try make()
        let sealed = keys.seal(made.secret, context: context)
        try await database.run { session in
            try session.execute(
                "INSERT INTO installation_key (name, public, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                [.text(name), .bytes(made.shown), .bytes(sealed)])
        }
        guard let kept = try await stored() else { throw StorageError.malformed("no key \(name)") }
        return try keys.open(kept, context: context)
    }
}
