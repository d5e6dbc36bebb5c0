import Domain

/// Brings a backup back into an empty database, and holds everything that could send before anybody can see it.
///
/// Where a restore has begun a schema of its own stands in the database until all is done, so that no Herald works with a part
/// of it; and other Heralds that start meanwhile wait, as for a migration.
package struct DatabaseRestore: Sendable {
    private let url: String
    private let backup: BackupFolder
    private let manifest: BackupManifest
    private let environment: [String: String]

    package init(url: String, backup: BackupFolder, manifest: BackupManifest, environment: [String: String]) {
        self.url = url
        self.backup = backup
        self.manifest = manifest
        self.environment = environment
    }

    /// Refuses what can't work before anything is changed.
    package static func check(_ manifest: BackupManifest, masterKey: [UInt8]) throws(BackupError) {
        guard manifest.schema <= Migrations.latest else {
            throw .tooNew(schema: manifest.schema, known: Migrations.latest)
        }
        guard manifest.keyCheck == BackupManifest.keyCheck(of: masterKey) else { throw .otherKey }
    }

    package func run() async throws {
        let connection = PostgresConnection(url: url, name: "restore", replacesSession: false)
        try await connection.run { session in
            try Migrations.locked(session) {
                try begin(session)
                let server = try ServerAddress(url: url)
                let number = try session.query("SELECT current_setting('server_version_num')::int AS number")[0]
                try DatabaseTool(
                    .restore, atLeast: Int(try number.int("number")) / 10_000, environment: environment
                ).run(
                    [
                        "--single-transaction", "--exit-on-error", "--no-owner", "--schema=\(manifest.namespace)",
                        backup.dump,
                    ], on: server)
                try session.execute(TenantRole.confine)
                _ = try Migrations.bringUpToDate(session)
                try session.transaction {
                    try session.execute("SELECT hold_restored($1)", [.time(manifest.takenAt)])
                    try session.execute("DROP SCHEMA herald_restore")
                }
                // Without figures the planner reads whole tables.
                try session.execute("ANALYZE")
            }
        }
        await connection.close()
    }

    /// What an interrupted restore left is cleared away; anything else in the way is not touched.
    private func begin(_ session: PostgresSession) throws {
        let own = manifest.namespace
        if try session.isBeingRestored() {
            try session.execute("DROP SCHEMA IF EXISTS \(Self.quoted(own)) CASCADE")
        } else {
            let row = try session.query(
                """
                SELECT current_database()::text AS name, EXISTS (
                    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1) AS is_used
                """, [.text(own)])[0]
            guard try !row.bool("is_used") else {
                throw BackupError.notEmpty("The database “\(try row.text("name"))”")
            }
            try session.execute("CREATE SCHEMA herald_restore")
        }
        // What the dump says of the schema itself is left out: an administrator may have made it for this user.
        try session.execute("CREATE SCHEMA IF NOT EXISTS \(Self.quoted(own))")
        try session.execute(TenantRole.make)
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }
}
