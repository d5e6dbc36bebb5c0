import Domain
import Foundation
import Storage
import TestDatabase
import TestSupport
import Testing

/// Evidence and a person's data, from a campaign that was really sent.
@Suite(.database) struct EvidenceCommandTests {
    /// `listener`: who wants to be told of all messages.
    private func sent(listener: String? = nil) async throws -> HeraldCommand {
        let herald = try HeraldCommand()
        let people = try herald.file("people.csv", "mobile;name\n+6591234567;Tan\n+6591234568;Lim\n+6581234568;Out\n")
        for words in [
            ["tenant", "add", "acme", "--region", "SG"], ["tenant", "add", "other", "--region", "SG"],
            ["source", "add", "shop", "--tenant", "acme"],
            ["provider", "add", "box", "--kind", "sandbox"],
            ["price", "add", "--provider", "box", "--channel", "sms", "--price", "0.05", "--currency", "SGD"],
            ["route", "add", "--channel", "sms", "--providers", "box"],
            ["template", "add", "hi", "--tenant", "acme", "--channel", "sms", "--text", "Hi {{ name }}"],
            ["optout", "add", "+6581234568", "--tenant", "acme"],
        ] + (listener.map { [["webhook", "add", $0, "--tenant", "acme", "--event", "message.*"]] } ?? []) + [
            ["campaign", "send", people, "--tenant", "acme", "--template", "hi", "--source", "shop", "--wait"]
        ] {
            let result = try await herald.run(words, input: [])
            #expect(result.code == 0 || result.code == 3, "\(words): \(result.errors)")
        }
        return herald
    }

    private func evidence(_ herald: HeraldCommand, _ name: String, _ more: [String]) async throws -> (
        path: String, result: HeraldCommand.Result
    ) {
        let path = herald.folder.appending(path: name).path
        let words = ["evidence", "export", "--tenant", "acme", "--out", path] + more
        return (path, try await herald.run(words, input: []))
    }

    @Test func aCampaignIsEvidencedTwiceAlikeAndCheckedWithoutADatabase() async throws {
        let herald = try await sent()
        let (first, result) = try await evidence(herald, "a.zip", ["--campaign", "1"])
        #expect(result.code == 0 && result.output.contains("3 messages"), "\(result.errors)")
        let (second, _) = try await evidence(herald, "b.zip", ["--campaign", "1"])
        #expect(try Data(contentsOf: URL(filePath: first)) == Data(contentsOf: URL(filePath: second)))
        let key = try herald.file("key.pem", try await herald("evidence", "key").output)
        let auditor = try HeraldCommand(database: false)
        let checked = try await auditor("evidence", "verify", first, "--key", key, "--json")
        #expect(checked.code == 0, "\(checked.errors)")
        #expect(try checked.json["key_trusted"] == true)
        #expect(try checked.json["files"] == 7)
        let fingerprint = try #require(try checked.json["key"]?.stringValue)
        #expect(try await herald("evidence", "key").errors.contains(fingerprint))
        let byFingerprint = try await auditor("evidence", "verify", first, "--key", fingerprint, "--json")
        #expect(try byFingerprint.json["key_trusted"] == true, "\(byFingerprint.errors)")
        let missing = try await auditor("evidence", "verify", first + "x")
        #expect(missing.code == 1 && missing.output.isEmpty, "\(missing.output)")
        #expect(missing.errors.contains("No such file"), "\(missing.errors)")
        let seen = try #require(try PythonOracle.json("evidence.py", [first, key]).first)
        #expect(seen["signature"] == true && seen["manifest"]?["ledger"]?["messages"] == 3, "\(seen.text)")
        let files = seen["manifest"]?["files"]?.arrayValue ?? []
        let rows = Dictionary(
            uniqueKeysWithValues: files.map { ($0["name"]?.stringValue ?? "", $0["rows"]?.intValue ?? 0) })
        #expect(rows["messages.ndjson"] == 3 && rows["timelines.ndjson"] == 3 && rows["templates/hi-v1.json"] == 1)
        // The template and the source were added, and the campaign sent.
        #expect(rows["audit.ndjson"] == 3, "\(rows)")

        var damaged = [UInt8](try Data(contentsOf: URL(filePath: first)))
        damaged[100] ^= 1
        let path = herald.folder.appending(path: "damaged.zip")
        try Data(damaged).write(to: path)
        let refused = try await auditor("evidence", "verify", path.path)
        #expect(refused.code == 1 && refused.errors.contains("was altered"), "\(refused.errors)")

        let appended = try ChildProcess(
            "/usr/bin/env",
            [
                "python3", "-c", "import sys,zipfile;zipfile.ZipFile(sys.argv[1],'a').writestr('more.txt','x')",
                second,
            ],
            environment: ["PATH": "/usr/bin:/bin"], input: .nothing, output: .pipe, errors: .ours)
        _ = appended.rest()
        #expect(appended.wait() == 0)
        let added = try await auditor("evidence", "verify", second)
        #expect(added.code == 1 && added.errors.contains("“more.txt”"), "\(added.errors)")
    }

    /// With what was answered, by host: the rest of such an address is a key.
    @Test func whatWebhooksWereToldIsInTheEvidence() async throws {
        let herald = try await sent(listener: "https://hooks.example/in?token=s3cret")
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await database.run { session in
            // As if the far end had answered, which is not there.
            try session.execute(
                """
                SELECT settle_webhooks(array_agg(endpoint), array_agg(subject), array_agg(event), array_agg(attempts),
                       array_agg(CASE WHEN place = 1 THEN 2 ELSE 0 END), array_agg(0::bigint),
                       array_agg(CASE WHEN place = 1 THEN 503 ELSE 204 END), array_agg(''::text), interval '1 day')
                  FROM (SELECT *, row_number() OVER (ORDER BY event) AS place FROM webhook_delivery) d
                """)
        }
        await database.close()
        let (path, result) = try await evidence(herald, "a.zip", ["--campaign", "1"])
        #expect(result.code == 0, "\(result.errors)")
        let (again, _) = try await evidence(herald, "b.zip", ["--campaign", "1"])
        #expect(try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: again)))
        #expect(try await herald("evidence", "verify", path).code == 0)
        let process = try ChildProcess(
            "/usr/bin/env",
            [
                "python3", "-c",
                "import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);print([z.read(n) for n in z.namelist()]);"
                    + "print('WEBHOOKS',z.read('webhooks.ndjson').decode())", path,
            ],
            environment: ["PATH": "/usr/bin:/bin"], input: .nothing, output: .pipe, errors: .ours)
        let text = String(decoding: process.rest(), as: UTF8.self)
        #expect(process.wait() == 0 && !text.contains("s3cret"))
        let part = try #require(text.components(separatedBy: "WEBHOOKS ").last)
        let lines = try part.split(separator: "\n").map { try JSON.parse(String($0)) }
        #expect(lines.count == 3 && lines.allSatisfy { $0["host"] == "https://hooks.example/…" })
        #expect(lines.filter { $0["standing"] == "told" && $0["answer"] == 204 }.count == 2, "\(lines.map(\.text))")
        #expect(lines.filter { $0["standing"] == "given_up" && $0["answer"] == 503 }.count == 1)
        #expect(lines.allSatisfy { $0["tried_at"]?.stringValue != nil && $0["message"]?.intValue != nil })
        #expect(Set(lines.map { $0["about"]?.stringValue }) == ["message.sent", "message.rejected"])
    }

    @Test func addressesAreMaskedUnlessSomebodySaysWhy() async throws {
        let herald = try await sent()
        func text(_ path: String) throws -> String {
            let process = try ChildProcess(
                "/usr/bin/env",
                [
                    "python3", "-c",
                    "import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);print([z.read(n) for n in z.namelist()])", path,
                ],
                environment: ["PATH": "/usr/bin:/bin"], input: .nothing, output: .pipe, errors: .ours)
            let output = String(decoding: process.rest(), as: UTF8.self)
            #expect(process.wait() == 0)
            return output
        }
        let (masked, _) = try await evidence(herald, "masked.zip", ["--recipient", "9123 4567"])
        #expect(try !text(masked).contains("91234567"))
        #expect(try await evidence(herald, "x.zip", ["--recipient", "+6591234567", "--unmask"]).result.code == 2)
        let (whole, result) = try await evidence(
            herald, "whole.zip", ["--recipient", "+6591234567", "--unmask", "--reason", "court order 7"])
        #expect(result.code == 0 && result.output.contains("1 message in"), "\(result.errors)")
        #expect(try text(whole).contains("+6591234567"))
        let audit = try await herald("audit", "list", "--action", "evidence.unmask", "--json").json
        #expect(audit.arrayValue?.count == 1 && audit.arrayValue?[0]["after"]?["reason"] == "court order 7")
        #expect(!audit.text.contains("91234567"))
        // Another tenant's messages are as good as none.
        let foreign = try await herald(
            "evidence", "export", "--tenant", "other", "--campaign", "1", "--out", herald.folder.path + "/y.zip")
        #expect(foreign.code == 1 && foreign.errors.contains("no campaign 1"))
        let message = try await herald("ledger", "find", "--tenant", "acme", "--limit", "1", "--json").json
        let number = try #require(message.arrayValue?.first?["message"]?.intValue)
        let none = try await herald(
            "evidence", "export", "--tenant", "other", "--message", String(number), "--out",
            herald.folder.path + "/z.zip")
        #expect(none.code == 1 && none.errors.contains("no message \(number)"), "\(none.errors)")
        #expect(!FileManager.default.fileExists(atPath: herald.folder.path + "/z.zip"))
    }

    @Test func nothingIsSignedThatIsNothingAndNoFileIsLost() async throws {
        let herald = try await sent()
        #expect(try await evidence(herald, "a.zip", ["--message", "5"]).result.code == 1)
        let (_, turned) = try await evidence(
            herald, "a.zip", ["--campaign", "1", "--from", "2026-03-02", "--to", "2026-03-01"])
        #expect(turned.code == 2 && turned.errors.contains("--to lies before --from"), "\(turned.errors)")
        let (path, never) = try await evidence(
            herald, "a.zip", ["--campaign", "1", "--from", "2020-03-01", "--to", "2020-03-02"])
        #expect(never.code == 1 && !FileManager.default.fileExists(atPath: path), "\(never.errors)")

        let kept = try herald.file("kept", "kept")
        for words in [["evidence", "export", "--campaign", "1"], ["person", "export", "+6591234567"]] {
            let refused = try await herald.run(words + ["--tenant", "acme", "--out", kept], input: [])
            #expect(refused.code == 1 && refused.errors.contains("--replace"), "\(refused.errors)")
            #expect(try String(contentsOfFile: kept, encoding: .utf8) == "kept")
        }
        let replaced = try await herald(
            "person", "export", "+6591234567", "--tenant", "acme", "--out", kept, "--replace")
        #expect(replaced.code == 0 && replaced.errors.contains("1 message"), "\(replaced.errors)")
        #expect(try String(contentsOfFile: kept, encoding: .utf8) != "kept")
    }

    @Test func periodsAreGivenInDays() async throws {
        let herald = try await sent()
        let proof = try await herald("ledger", "verify", "--from", "yesterday", "--to", "today", "--json")
        #expect(try proof.code == 0 && proof.json["messages"] == 3, "\(proof.errors)")
        #expect(try await herald("audit", "list", "--from", "yesterday", "--to", "today").code == 0)
        for command in [["ledger", "verify"], ["audit", "list"], ["audit", "verify"], ["ledger", "find"]] {
            let turned = try await herald.run(command + ["--from", "2026-03-02", "--to", "2026-03-01"], input: [])
            #expect(turned.code == 2 && turned.errors.contains("--to lies before --from"), "\(turned.errors)")
            let unread = try await herald.run(command + ["--from", "lately"], input: [])
            #expect(unread.code == 2 && unread.errors.contains("2026-03-01, today") && !unread.errors.contains("+10m"))
        }
    }

    @Test func aPersonGetsAllThatIsHeld() async throws {
        let herald = try await sent()
        let out = herald.folder.appending(path: "person.json")
        let result = try await herald("person", "export", "9123 4567", "--tenant", "acme", "--out", out.path)
        #expect(result.code == 0, "\(result.errors)")
        let json = try JSON.parse(String(decoding: try Data(contentsOf: out), as: UTF8.self))
        let messages = json["messages"]?.arrayValue ?? []
        #expect(json["recipient"] == "+6591234567" && messages.count == 1)
        #expect(messages.first?["content"]?["text"] == "Hi Tan" && messages.first?["status"] == "sent", "\(json.text)")
        #expect(messages.first?["timeline"]?.arrayValue?.contains { $0["event"] == "call" } == true)
        let opted = try await herald("person", "export", "+6581234568", "--tenant", "acme").output
        let other = try JSON.parse(opted)
        #expect(other["suppressions"]?.arrayValue?.first?["reason"] == "optout")
        let nobody = try await herald("person", "export", "+6581234569", "--tenant", "acme")
        #expect(try JSON.parse(nobody.output)["messages"] == [])
        let audit = try await herald("audit", "list", "--action", "person.export", "--json").json
        #expect(audit.arrayValue?.count == 3 && !audit.text.contains("91234567"))
    }
}
