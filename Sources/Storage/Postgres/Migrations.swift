private import CMigrations
import Domain
import Glibc

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

    /// A statement that waits for a lock holds up everybody behind it: a migration gives way after this, and tries again.
    private static let lockTimeout: Duration = .seconds(2)
    private static let patience: Duration = .seconds(300)

    /// Returns how many migrations were applied. With a schema that is newer than this program it goes on only where
    /// the migrations that it does not know say that it may: while versions N and N + 1 run side by side.
    @discardableResult
    package static func apply(on session: PostgresSession) throws -> Int {
        try locked(session) {
            try refuseWhileRestored(session)
            return try bringUpToDate(session)
        }
    }

    /// Nobody works with a part of a backup.
    package static func refuseWhileRestored(_ session: PostgresSession) throws {
        guard try !session.isBeingRestored() else {
            throw StorageError.rejected(
                state: "HR007",
                message: "A restore into this database was interrupted: it holds a part of the backup at most. "
                    + "Run `herald restore` again.")
        }
    }

    /// Of processes that start at once, one after the other has the body to itself. Restores take part in this.
    static func locked<T>(_ session: PostgresSession, _ body: () throws -> T) throws -> T {
        try session.execute("SELECT pg_advisory_lock(hashtext('herald migrations'))")
        defer { try? session.execute("SELECT pg_advisory_unlock(hashtext('herald migrations'))") }
        return try body()
    }

    static func bringUpToDate(_ session: PostgresSession) throws -> Int {
        try session.execute(
            "CREATE TABLE IF NOT EXISTS migration (number int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())")
        let done = Int(
            try session.query("SELECT coalesce(max(number), 0) AS number FROM migration").first?.int("number") ?? 0)
        guard done <= latest else {
            try refuseUnlessPermitted(done, session)
            return 0
        }
        for number in (done + 1)..<(latest + 1) { try apply(number, on: session) }
        return latest - done
    }

    /// A newer schema than this program knows may say that it can't be worked with, or read.
    package static func refuseUnlessPermitted(_ done: Int, _ session: PostgresSession) throws {
        guard done > latest else { return }
        let needed = Int(try session.query("SELECT max(requires) AS number FROM migration")[0].int("number"))
        guard needed <= latest else {
            throw StorageError.rejected(
                state: "HR002",
                message: "The database was used by a newer Herald (schema \(done)) that this one can't work beside "
                    + "(it knows schema \(latest), and \(needed) is needed). Install the newer Herald on this machine too."
            )
        }
    }

    private static func apply(_ number: Int, on session: PostgresSession) throws {
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                let timeout = "SET LOCAL lock_timeout = \(lockTimeout.wholeMilliseconds)"
                return try session.transaction(beginning: timeout) {
                    try session.query("INSERT INTO migration (number) VALUES ($1)", [.number(number)])
                    try session.execute(String(cString: herald_migration(Int32(number))))
                    try session.execute(protection)
                }
            } catch let error as StorageError where error.isLostRace && ContinuousClock.now < deadline {
                // Those who waited behind it have their turn first.
                usleep(200_000)
            }
        }
    }
}

extension StorageError {
    /// Another transaction had what this one wanted.
    fileprivate var isLostRace: Bool {
        switch self {
        case .serializationFailure, .rejected(state: "55P03", message: _): true
        default: false
        }
    }
}
