import Domain

/// How long things are kept, as somebody set it for the installation.
package struct RetentionStore: Sendable {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// By name, in days.
    package func all() async throws -> [String: Int] {
        try await database.run { session in
            Dictionary(
                uniqueKeysWithValues: try session.query("SELECT what, days FROM retention").map {
                    (try $0.text("what"), Int(try $0.int("days")))
                })
        }
    }

    /// Nil: as the program says, again.
    package func set(_ changes: [String: Int?], by origin: AuditOrigin) async throws {
        try await database.transaction { session in
            for (what, days) in changes.sorted(by: { $0.key < $1.key }) {
                let before = try session.query("SELECT days FROM retention WHERE what = $1", [.text(what)]).first
                    .map { JSON.int(try $0.int("days")) }
                if let days {
                    try session.query(
                        """
                        INSERT INTO retention (what, days) VALUES ($1, $2)
                        ON CONFLICT (what) DO UPDATE SET days = excluded.days, set_at = clock_timestamp()
                        """, [.text(what), .number(days)])
                } else {
                    try session.query("DELETE FROM retention WHERE what = $1", [.text(what)])
                }
                try AuditEntry(
                    "retention.set", what, by: origin, tenant: nil, before: before.map { ["days": $0] },
                    after: ["days": days.map { .int(Int64($0)) } ?? .null]
                ).store(on: session)
            }
        }
    }
}
