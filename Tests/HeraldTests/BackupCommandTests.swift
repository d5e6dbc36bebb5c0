import Domain
import Foundation
import Storage
import TestDatabase
import Testing

@testable import herald

/// Backups of a real database, restored into another one of the same server.
@Suite(.database) struct BackupCommandTests {
    private let herald: HeraldCommand
    private static let key = String(repeating: "07", count: 32)

    init() async throws {
        herald = try HeraldCommand()
        try await herald("tenant", "add", "acme", "--region", "SG")
        try await herald("provider", "add", "box", "--kind", "sandbox")
        try await herald("route", "add", "--channel", "sms", "--providers", "box")
        try await herald("template", "add", "hi", "--tenant", "acme", "--channel", "sms", "--text", "Hi {{ name }}")
    }

    private var backup: String { herald.folder.appending(path: "backup").path }

    private func send(_ more: String...) async throws {
        let file = try herald.file("people.csv", "name,phone\nAnn,+6581234567\nBob,+6581234568\n")
        let sent = try await herald.run(
            ["campaign", "send", file, "--tenant", "acme", "--template", "hi", "--again"] + more, input: [])
        #expect(sent.code == 0)
    }

    /// A Herald over another, empty database.
    private func other(key: String = key) async throws -> (herald: HeraldCommand, database: Database, url: String) {
        let parameters = try await TestCluster.shared.makeDatabase()
        let url = parameters.connectionString
        return (
            try HeraldCommand(database: false, key: key, environment: ["HERALD_DATABASE_URL": url]),
            Database(url: url, connections: 1), url
        )
    }

    @Test func whatComesBackIsHeldUntilItIsConfirmed() async throws {
        try await send()
        try await send("--at", "+2h")
        try await send()
        try await herald("campaign", "pause", "3")
        #expect(try await herald("backup", backup).code == 0)
        let (restored, database, _) = try await other()
        let result = try await restored("restore", backup)
        #expect(result.code == 0, "\(result.errors)")

        func states() async throws -> [String] {
            try await restored("campaign", "list", "--json").json.arrayValue?.compactMap { $0["state"]?.stringValue }
                ?? []
        }
        #expect(try await states() == ["restored", "restored", "restored"])
        #expect(try await restored("campaign", "resume", "3").code == 1)
        #expect(try await restored("status").errors.contains("`herald restore confirm`"))

        let shown = try await restored("restore", "confirm", "--json").json
        #expect(shown["would_send"]?.intValue == 2 && shown["in_doubt"]?.intValue == 4)
        #expect(try await states() == ["restored", "restored", "restored"])
        #expect(try await restored("restore", "confirm", "--cancel", "99").code == 1)
        #expect(try await restored("restore", "confirm", "--unsent", "3", "--cancel", "2", "--yes").code == 0)
        #expect(try await states() == ["paused", "cancelling", "running"])
        let opened = try await database.run { session in
            try session.query("SELECT opened FROM shard ORDER BY campaign").map { try $0.int("opened") }
        }
        // The one that was due may have been sent by the lost Herald: it is in doubt.
        #expect(opened == [2, 0, 0])
        #expect(try await restored("restore", "confirm").output.hasPrefix("Nothing is held"))
        await database.close()
    }

    /// Numbers that were given out after the backup are with providers and sources.
    @Test func newCampaignsAreNumberedFarAbove() async throws {
        try await send()
        try await herald("backup", backup)
        let (restored, _, _) = try await other()
        try await restored("restore", backup)
        let file = try restored.file("people.csv", "name,phone\nAnn,+6581234567\n")
        let sent = try await restored(
            "campaign", "send", file, "--tenant", "acme", "--template", "hi", "--again", "--json")
        let id = try JSON.parse(sent.lines.last ?? "")["campaign"]?.intValue ?? 0
        #expect(id > 1_000_000 && id < 1_100_000)
    }

    /// Policies, grants and functions are the same as those of a database that was made by the migrations alone.
    @Test func theSchemaComesBackWhole() async throws {
        try await herald("backup", backup)
        let (restored, database, _) = try await other()
        try await restored("restore", backup)
        let description = """
            SELECT string_agg(line, E'\\n' ORDER BY line) AS text FROM (
                SELECT format('policy %s %s %s %s %s %s', tablename, policyname, roles, cmd, qual, with_check) AS line FROM pg_policies
                UNION ALL SELECT format('grant %s %s %s %s', table_name, grantee, privilege_type, '') FROM information_schema.role_table_grants WHERE grantee = 'herald_tenant'
                UNION ALL SELECT format('column grant %s %s %s %s', table_name, column_name, grantee, privilege_type) FROM information_schema.column_privileges WHERE grantee = 'herald_tenant'
                UNION ALL SELECT format('secured %s %s', relname, relrowsecurity) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                UNION ALL SELECT format('function %s %s', p.oid::regprocedure, md5(prosrc)) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
                UNION ALL SELECT format('index %s', indexdef) FROM pg_indexes WHERE schemaname = 'public'
                UNION ALL SELECT format('trigger %s', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
                UNION ALL SELECT format('setting %s', has_function_privilege('herald_tenant', 'set_config(text, text, boolean)', 'EXECUTE'))
                UNION ALL SELECT format('temporary %s', has_database_privilege('herald_tenant', current_database(), 'TEMPORARY'))
            ) all_of_it
            """
        let original = Database(url: try TestDatabase.current.connectionString, connections: 1)
        let before = try await original.run { try $0.query(description)[0].text("text") }
        let after = try await database.run { try $0.query(description)[0].text("text") }
        #expect(before == after && before.count > 10_000)
        await original.close()
        await database.close()
    }

    /// Transactions are numbered anew in another server: what stands by their numbers would hide new opt-outs.
    @Test func policyStartsAnew() async throws {
        try await send()
        let original = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await original.run { session in
            try session.execute(
                """
                INSERT INTO suppression_filter SELECT id, 1, '9000000000', '\\x00' FROM tenant;
                INSERT INTO policy_change (xid, tenant) SELECT '9000000000', id FROM tenant;
                UPDATE policy_pruned SET horizon = '9000000000';
                """)
        }
        await original.close()
        try await herald("backup", backup)
        let (restored, database, _) = try await other()
        try await restored("restore", backup)
        let left = try await database.run { session in
            try session.query(
                """
                SELECT (SELECT count(*) FROM suppression_filter) + (SELECT count(*) FROM policy_change)
                     + (SELECT count(*) FROM policy_pruned WHERE horizon > '0') AS left
                """)[0].int("left")
        }
        #expect(left == 0)
        await database.close()
    }

    @Test func whatCannotBeRestoredIsRefused() async throws {
        let made = try await herald("backup", backup, "--with-key", herald.folder.appending(path: "key").path)
        #expect(made.code == 0)
        let mode = try FileManager.default.attributesOfItem(atPath: herald.folder.appending(path: "key").path)
        #expect(mode[.posixPermissions] as? Int == 0o600)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: backup).sorted() == ["database.dump", "manifest.json"])

        #expect(try await herald("backup", backup).errors.contains("not empty"))
        let inside = try await herald("backup", backup + "2", "--with-key", backup + "2/key")
        #expect(inside.code == 1 && !FileManager.default.fileExists(atPath: backup + "2"))
        #expect(try await herald("restore", backup).errors.contains("holds data already"))
        #expect(try await herald("restore", backup + "3").errors.contains("no whole backup"))
        let (stranger, _, _) = try await other(key: String(repeating: "08", count: 32))
        #expect(try await stranger("restore", backup).errors.contains("master key is not the one"))

        let dump = URL(fileURLWithPath: backup + "/database.dump")
        var bytes = try Data(contentsOf: dump)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: dump)
        #expect(try await herald("backup", "verify", backup).errors.contains("not as it was written"))
        let (restored, _, _) = try await other()
        #expect(try await restored("restore", backup).code == 1)
        #expect(try await restored("tenant", "list", "--json").json.arrayValue?.isEmpty == true)
    }

    @Test func aNewerBackupIsRefused() async throws {
        try await herald("backup", backup)
        let manifest = URL(fileURLWithPath: backup + "/manifest.json")
        let text = try String(contentsOf: manifest, encoding: .utf8)
        try text.replacing("\"schema\":\(Migrations.latest)", with: "\"schema\":9999").write(
            to: manifest, atomically: true, encoding: .utf8)
        let (restored, _, _) = try await other()
        #expect(try await restored("restore", backup).errors.contains("newer Herald"))
    }

    /// Nobody works with a part of a backup, and the restore can be run again.
    @Test func anInterruptedRestoreIsNoHerald() async throws {
        try await send()
        try await herald("backup", backup)
        let (restored, database, _) = try await other()
        try await database.run { session in
            try session.execute("CREATE SCHEMA herald_restore; CREATE TABLE tenant (id int)")
        }
        let status = try await restored("status")
        #expect(status.code == 1 && status.errors.contains("interrupted"))
        #expect(try await restored("restore", backup).code == 0)
        #expect(try await restored("campaign", "list", "--json").json.arrayValue?.count == 1)
        await database.close()
    }

    @Test func migrateSaysWhatItDid() async throws {
        let (fresh, _, _) = try await other()
        #expect(try await fresh("migrate", "--json").json["applied"]?.intValue == Int64(Migrations.latest))
        #expect(try await fresh("migrate").output.contains("Nothing was done"))
    }
}
