import Domain

/// Who may send through an account beside its owner.
extension ProviderStore {
    /// Whether a grant could be taken back.
    package enum Revocation: Sendable, Hashable {
        case done
        /// There was none.
        case unknown
        /// It is the last one of an account without an owner: without it every tenant could send through the account.
        case wouldOpen
    }

    package func grants() async throws -> [Int64: Set<Int64>] {
        try await database.run { session in
            let rows = try session.query("SELECT provider, tenant FROM provider_grant")
            var grants: [Int64: Set<Int64>] = [:]
            for index in 0..<rows.count {
                grants[try rows[index].int("provider"), default: []].insert(try rows[index].int("tenant"))
            }
            return grants
        }
    }

    /// False where it was granted before.
    package func grant(provider: Int64, tenant: Int64) async throws -> Bool {
        try await database.transaction { session in
            let isNew =
                try session.query(
                    """
                    INSERT INTO provider_grant (provider, tenant) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING provider
                    """, [.int(provider), .int(tenant)]
                ).count > 0
            try session.execute("NOTIFY herald_configuration")
            return isNew
        }
    }

    /// The last grant of a shared account goes only where `mayOpen` says so.
    package func revoke(provider: Int64, tenant: Int64, mayOpen: Bool) async throws -> Revocation {
        try await database.transaction { session in
            // Two at once must not both think that another grant is left.
            let rows = try session.query("SELECT tenant FROM provider WHERE id = $1 FOR UPDATE", [.int(provider)])
            guard let row = rows.first else { return .unknown }
            let hasOwner = try row.optionalInt("tenant") != nil
            let granted = try session.query(
                "SELECT tenant FROM provider_grant WHERE provider = $1", [.int(provider)]
            ).map { try $0.int("tenant") }
            guard granted.contains(tenant) else { return .unknown }
            guard hasOwner || granted.count > 1 || mayOpen else { return .wouldOpen }
            try session.execute(
                "DELETE FROM provider_grant WHERE provider = $1 AND tenant = $2", [.int(provider), .int(tenant)])
            try session.execute("NOTIFY herald_configuration")
            return .done
        }
    }
}
