import Domain
import Foundation
import Storage
import TestDatabase
import Testing

/// The audit at the command line: who changes something there is written down, and the chain is proved and anchored.
@Suite(.database) struct AuditCommandTests {
    private func list(_ herald: HeraldCommand, _ words: String...) async throws -> [JSON] {
        let listed = try await herald.run(["audit", "list", "--json", "--limit", "200"] + words, input: [])
        #expect(listed.code == 0, "\(listed.errors)")
        return try listed.json.arrayValue ?? []
    }

    @Test func everyCommandThatChangesSomethingIsWrittenDown() async throws {
        let herald = try HeraldCommand(environment: ["SUDO_USER": "jane o'neill"])
        let optOuts = try herald.file("optouts.csv", "+6591234567\n+6591234568\n")
        let steps: [([String], String)] = [
            (["tenant", "add", "acme", "--region", "SG"], "tenant.add"),
            (["tenant", "approval", "acme", "--off"], "tenant.approval"),
            (["source", "add", "shop", "--tenant", "acme"], "source.add"),
            (["source", "set", "shop", "--tenant", "acme", "--cost-centre", "4711"], "source.change"),
            (["provider", "add", "telco", "--kind", "sandbox"], "provider.add"),
            (["provider", "out", "telco"], "provider.take_out"),
            (["provider", "in", "telco"], "provider.take_in"),
            (["provider", "grant", "telco", "--tenant", "acme"], "grant.add"),
            (["provider", "revoke", "telco", "--tenant", "acme", "--open"], "grant.remove"),
            (
                [
                    "price", "add", "--provider", "telco", "--channel", "sms", "--prefix", "+65", "--price", "0.04",
                    "--currency", "SGD",
                ], "price.add"
            ),
            (["price", "remove", "1"], "price.remove"),
            (
                ["rate", "add", "--from", "SGD", "--to", "EUR", "--rate", "0.68", "--date", "2026-03-01"], "rate.add"
            ),
            (["rate", "remove", "1"], "rate.remove"),
            (["route", "add", "--channel", "sms", "--providers", "telco"], "route.store"),
            (["route", "disable", "1"], "route.disable"),
            (["route", "remove", "1"], "route.remove"),
            (["sender", "add", "ACME", "--channel", "sms", "--tenant", "acme"], "sender.add"),
            (["sender", "remove", "1"], "sender.remove"),
            (["deny", "add", "--number", "+6591234567", "--tenant", "acme"], "deny.add"),
            (["deny", "remove", "1"], "deny.remove"),
            (["optout", "add", "+6591234567", "--tenant", "acme"], "suppression.add"),
            (["optout", "remove", "+6591234567", "--tenant", "acme"], "suppression.lift"),
            (["optout", "import", optOuts, "--tenant", "acme"], "suppression.add"),
            (["key", "add", "--source", "shop", "--scope", "send:otp"], "key.add"),
            (["template", "add", "spring", "--tenant", "acme", "--channel", "sms", "--text", "Hi"], "template.add"),
            (["template", "remove", "spring", "--tenant", "acme"], "template.remove"),
            (["source", "remove", "shop", "--tenant", "acme"], "source.remove"),
            (["provider", "remove", "telco"], "provider.remove"),
            (["tenant", "remove", "acme"], "tenant.remove"),
        ]
        for (words, action) in steps {
            let result = try await herald.run(words, input: [])
            #expect(result.code == 0, "\(words): \(result.errors)")
            let newest = try #require(try await list(herald).first)
            #expect(newest["action"]?.stringValue == action, "\(words): \(newest.text)")
            #expect(newest["actor"] == "jane o'neill", "\(words)")
            #expect(newest["origin"]?.stringValue?.hasPrefix("command line on ") == true, "\(words)")
            #expect(!newest.text.contains("9123456"), "\(words): \(newest.text)")
        }
        let all = try await list(herald)
        #expect(all.count == steps.count, "\(all.map { $0["action"]?.stringValue ?? "" })")
        #expect(try await list(herald, "--action", "provider").count == 4)
        #expect(try await list(herald, "--action", "provider.add", "--subject", "telco").count == 1)
        #expect(try await list(herald, "--actor", "somebody").isEmpty)
        #expect(try await list(herald, "--from", "2100-01-01").isEmpty)
        let verified = try await herald("audit", "verify")
        #expect(verified.code == 0 && verified.output.contains("the audit is whole"), "\(verified.errors)")
    }

    @Test func aChainWithAHoleGetsNoAnchorAndAPartOfItIsNotCalledTheAudit() async throws {
        let herald = try HeraldCommand()
        for name in ["acme", "beta", "gamma"] { #expect(try await herald("tenant", "add", name).code == 0) }
        let part = try await herald("audit", "verify", "--to", "2100-01-01")
        #expect(part.code == 0 && part.output.contains("this part of the audit is whole"), "\(part.output)")
        for words in [["audit", "verify"], ["audit", "list"]] {
            let inverted = try await herald.run(words + ["--from", "2026-03-02", "--to", "2026-03-01"], input: [])
            #expect(inverted.code == 2 && inverted.errors.contains("--to lies before --from"), "\(inverted.errors)")
        }
        #expect(try await herald("audit", "list", "--action", "tenat").errors.contains("There are: tenant.add."))
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await database.run { session in
            try session.execute(
                "BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM admin_audit WHERE id = 2; COMMIT")
        }
        for words in [["audit", "anchor"], ["report", "daily", "--date", "2026-03-01"]] {
            let refused = try await herald.run(words, input: [])
            #expect(refused.code == 1 && refused.errors.contains("ends with number 3, but there are 2 entries"))
        }
        let reports = herald.folder.appending(path: "reports").path
        #expect(try FileManager.default.contentsOfDirectory(atPath: reports).allSatisfy { !$0.hasPrefix("audit-") })
        let broken = try await herald("audit", "verify")
        #expect(broken.code == 1 && broken.output.hasSuffix("the audit is BROKEN\n"), "\(broken.output)")
        let unwritten = try await herald("audit", "anchor", "--out", "/proc/ro")
        #expect(unwritten.code == 1 && unwritten.errors.contains("anchor /proc/ro could not"), "\(unwritten.errors)")
    }

    @Test func anAnchorIsWrittenWithTheDailyReportAndFindsWhatWasCut() async throws {
        let herald = try HeraldCommand()
        #expect(try await herald("tenant", "add", "acme").code == 0)
        let reports = herald.folder.appending(path: "reports")
        #expect(try await herald("report", "daily", "--date", "2026-03-01").code == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: reports.path).filter { $0.hasPrefix("audit-") }
        let name = try #require(names.first)
        let anchor = try JSON.parse(
            String(decoding: try Data(contentsOf: reports.appending(path: name)), as: UTF8.self))
        #expect(names.count == 1 && anchor["sequence"] == 1 && anchor["hash"]?.stringValue?.count == 64)
        #expect(try await herald("tenant", "add", "beta").code == 0)
        #expect(try await herald("audit", "anchor").code == 0)
        #expect(try await herald("audit", "verify", "--json").json["anchors"] == 1)

        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await database.run { session in
            try session.execute(
                """
                BEGIN; SET LOCAL session_replication_role = replica;
                DELETE FROM admin_audit WHERE id = 2; DELETE FROM audit_link WHERE seq = 2;
                UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit_link); COMMIT
                """)
        }
        let cut = try await herald("audit", "verify", "--json")
        #expect(cut.code == 1 && cut.errors.contains("cut at its end"), "\(cut.errors)")
        #expect(try cut.json["faults"]?.arrayValue?.first?["kind"] == "cut")
        // A chain that goes on from elsewhere gets no new anchor, and cron hears of it.
        let refused = try await herald("report", "daily", "--date", "2026-03-01")
        #expect(
            refused.code == 1 && refused.errors.contains("herald audit verify --anchors \(reports.path)"),
            "\(refused.errors)")
        // Nor does a damaged anchor pass for one.
        try Data("{}".utf8).write(to: reports.appending(path: "audit-2026-01-01.json"))
        let damaged = try await herald("audit", "verify")
        #expect(damaged.code == 1 && damaged.errors.contains("audit-2026-01-01.json is no anchor"))
        #expect(try await herald("audit", "verify", "--anchors", herald.folder.path).code == 1)
    }
}
