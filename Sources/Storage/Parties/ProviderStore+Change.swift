import Domain

extension ProviderStore {
    /// What is changed of an account in one go.
    package struct Change: Sendable {
        /// What the settings become, from what they are at that moment.
        package var settings: (@Sendable (String) throws -> String)?
        /// Taken out of use, or back in.
        package var isOut: Bool?

        package init() {}
    }

    /// Changes an account as a whole or not at all, and writes down what it was and became. `shown`: settings without
    /// what could be a credential. False where there is no such account any more.
    package func change(
        _ id: Int64, _ change: Change, audit: AuditOrigin, shown: @escaping @Sendable (String) -> JSON
    ) async throws -> Bool {
        try await database.transaction { [keys] session in
            let rows = try session.query(
                """
                SELECT name, tenant, sealed_settings, out_since IS NOT NULL AS is_out FROM provider
                 WHERE id = $1 AND removed_at IS NULL FOR UPDATE
                """, [.int(id)])
            guard let row = rows.first else { return false }
            var (before, after) = (JSONObject(), JSONObject())
            if let settings = change.settings {
                let old = String(
                    decoding: try keys.open(try row.bytes("sealed_settings"), context: "provider settings"),
                    as: UTF8.self)
                let new = try settings(old)
                try session.execute(
                    "UPDATE provider SET sealed_settings = $2 WHERE id = $1",
                    [.int(id), .bytes(keys.seal(Array(new.utf8), context: "provider settings"))])
                (before["settings"], after["settings"]) = (shown(old), shown(new))
                after["changed"] = .array(Self.changed(old, new).map { .string($0) })
            }
            let wasOut = try row.bool("is_out")
            if let isOut = change.isOut, isOut != wasOut {
                try session.execute(
                    "UPDATE provider SET out_since = CASE WHEN $2 THEN now() END WHERE id = $1",
                    [.int(id), .bool(isOut)])
                (before["enabled"], after["enabled"]) = (.bool(!wasOut), .bool(!isOut))
            }
            try AuditEntry(
                "provider.change", try row.text("name"), by: audit, tenant: try row.optionalInt("tenant"),
                before: .object(before), after: .object(after)
            ).store(on: session)
            try session.execute("NOTIFY herald_configuration")
            return true
        }
    }

    /// The names of settings that differ: of a credential the log says that it changed, and nothing else.
    private static func changed(_ old: String, _ new: String) -> [String] {
        let before = (try? JSON.parse(old))?.objectValue ?? JSONObject()
        let after = (try? JSON.parse(new))?.objectValue ?? JSONObject()
        return Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
    }
}
