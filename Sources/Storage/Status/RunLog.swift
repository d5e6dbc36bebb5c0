import Domain

/// When what is done by the clock was last done: reports and backups leave their files elsewhere, maybe on another machine.
package struct RunLog: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    package struct Run: Sendable, Hashable {
        /// `report daily`, `backup`.
        package let what: String
        package let at: Timestamp
        /// The period, or where the files are.
        package let detail: String
        package let folder: String
    }

    /// `newestFirst`: what was done for an earlier period, by hand, hides nothing of a later one.
    package func note(_ what: String, detail: String, folder: String, newestFirst: Bool = false) async throws {
        try await database.run { session in
            try session.execute(
                """
                INSERT INTO last_run (what, at, detail, folder) VALUES ($1, clock_timestamp(), $2, $3)
                ON CONFLICT (what) DO UPDATE SET at = excluded.at, detail = excluded.detail, folder = excluded.folder
                 WHERE NOT $4 OR excluded.detail >= last_run.detail
                """, [.text(what), .text(detail), .text(folder), .bool(newestFirst)])
        }
    }

    package func runs() async throws -> [Run] {
        try await database.run { session in
            try session.query("SELECT what, at, detail, folder FROM last_run ORDER BY what").map { row in
                Run(
                    what: try row.text("what"), at: try row.time("at"), detail: try row.text("detail"),
                    folder: try row.text("folder"))
            }
        }
    }
}
