import Domain

/// How a database stands, looked at without changing it.
package struct DatabaseCondition: Sendable, Hashable {
    package let serverVersion: String
    /// The number of the last migration; 0 where there is no schema yet.
    package let schema: Int
    /// The database's clock when it was asked.
    package let clock: Timestamp

    package static func read(from database: Database) async throws -> DatabaseCondition {
        try await database.run { session in
            let row = try session.query(
                "SELECT current_setting('server_version') AS version, to_regclass('migration') IS NOT NULL AS has_schema, clock_timestamp() AS clock"
            )[0]
            let schema =
                try row.bool("has_schema")
                ? session.query("SELECT coalesce(max(number), 0) AS number FROM migration")[0].int("number") : 0
            return DatabaseCondition(
                serverVersion: try row.text("version"), schema: Int(schema), clock: try row.time("clock"))
        }
    }
}
