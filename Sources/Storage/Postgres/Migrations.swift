private import CMigrations
import Domain

/// Brings a database's schema up to this program's version. Forward only; each migration and its number
/// commit together, under a lock, so that any number of processes may start at once.
package enum Migrations {
    package static var latest: Int { Int(herald_migration_count()) }

    /// After each migration: a table with a tenant column is never without the policy that keeps tenants apart.
    private static let protection = """
        DO $$ BEGIN
            IF to_regproc('protect_tenant_tables') IS NOT NULL THEN PERFORM protect_tenant_tables(); END IF;
        END $$
        """

    /// Returns how many migrations were applied. A schema newer than this program is left alone, and an error.
    @discardableResult
    package static func apply(on session: PostgresSession) throws -> Int {
        try session.execute(
            """
            SELECT pg_advisory_lock(hashtext('herald migrations'));
            CREATE TABLE IF NOT EXISTS migration (number int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
            """)
        defer { try? session.execute("SELECT pg_advisory_unlock(hashtext('herald migrations'))") }
        let done =
            try session.query("SELECT coalesce(max(number), 0) AS number FROM migration").first?.int("number") ?? 0
        guard done <= latest else {
            throw StorageError.rejected(
                state: "HR002",
                message: "The database was used by a newer Herald (schema \(done), this program knows \(latest)). "
                    + "Install the newer Herald again.")
        }
        for number in (Int(done) + 1)..<(latest + 1) {
            try session.transaction {
                try session.query("INSERT INTO migration (number) VALUES ($1)", [.number(number)])
                try session.execute(String(cString: herald_migration(Int32(number))))
                try session.execute(protection)
            }
        }
        return latest - Int(done)
    }
}
