import Domain
import Storage
import TestDatabase
import TestSupport
import Testing

/// `herald provider`: accounts of every kind, from `kinds` to `set`; what is secret stays so.
@Suite(.database) struct ProviderCommandTests {
    @Test func everyKindNamesItsChannelsAndSettings() async throws {
        let herald = try HeraldCommand(database: false)
        let kinds = try #require(try await herald("provider", "kinds", "--json").json.arrayValue)
        let names = kinds.compactMap { $0["kind"]?.stringValue }
        for name in ["sandbox", "http", "smtp", "smpp", "twilio", "ses", "fcm", "slack"] {
            #expect(names.contains(name), "\(name)")
        }
        for kind in kinds {
            #expect(kind["channels"]?.arrayValue?.isEmpty == false && kind["settings"]?.arrayValue?.isEmpty == false)
        }
        let twilio = try await herald("provider", "kinds", "twilio")
        #expect(twilio.output.hasPrefix("twilio: sms, ") && twilio.output.contains("auth_token*,"))
        #expect(!twilio.output.contains("account_sid*"))
        #expect(try await herald("provider", "kinds", "pigeon").code == 2)
        #expect(try await herald("provider", "add", "--help").output.contains("twilio"))
    }

    @Test func anAccountOfAVendorIsCheckedByItsAdapter() async throws {
        let herald = try HeraldCommand()
        let without = try await herald("provider", "add", "tw", "--kind", "twilio", "--setting", "auth_token=s3cret")
        #expect(without.code == 1 && without.errors.contains("account_sid") && !without.errors.contains("s3cret"))
        let odd = try await herald(
            "provider", "add", "tw", "--kind", "twilio", "--setting", "account_sid=AC1", "--setting",
            "auth_token=s3cret", "--setting", "colour=s3cret")
        #expect(odd.code == 1 && odd.errors.contains("colour") && !odd.errors.contains("s3cret"))
        let unknown = try await herald("provider", "add", "tw", "--kind", "pigeon")
        #expect(unknown.code == 2 && unknown.errors.contains("twilio"))
    }

    @Test func digitsAreATextWhereTheAdapterWantsOne() async throws {
        let herald = try HeraldCommand()
        let added = try await herald(
            "provider", "add", "telco", "--kind", "smpp", "--setting", "host=smsc.example", "--setting", "port=2776",
            "--setting", "system_id=4711", "--setting", "password=123456")
        #expect(added.code == 0, "\(added.errors)")
        let shown = try await herald("provider", "show", "telco", "--json").json["settings"]
        #expect(shown == ["host": "smsc.example", "port": 2776, "system_id": "4711", "password": "••••"])
        let wrong = try await herald("provider", "set", "telco", "--setting", "port=high")
        #expect(wrong.code == 1 && wrong.errors.contains("port"))
    }

    @Test func settingsOfAnAccountAreChangedAndTheOthersStay() async throws {
        let herald = try HeraldCommand()
        try await herald(
            "provider", "add", "mail", "--kind", "smtp", "--setting", "host=smtp.example", "--setting", "user=u",
            "--setting", "password=old-s3cret", "--setting", "from=a@acme.example")
        let rotated = try herald.file("new.json", #"{"password": "new-s3cret", "port": 2525}"#)
        let changed = try await herald("provider", "set", "mail", "--file", rotated, "--setting", "connections=3")
        #expect(changed.code == 0 && changed.output == "changed mail\n", "\(changed.errors)")
        let shown = try await herald("provider", "show", "mail", "--json")
        #expect(!shown.output.contains("s3cret"))
        #expect(
            try shown.json["settings"] == [
                "host": "smtp.example", "user": "••••", "password": "••••", "from": "a@acme.example", "port": 2525,
                "connections": 3,
            ])
        #expect(try await herald("provider", "set", "mail", "--setting", "port=").code == 0)
        #expect(try await herald("provider", "show", "mail", "--json").json["settings"]?["port"] == nil)
        let nothing = try herald.file("null.json", #"{"connections": null}"#)
        #expect(try await herald("provider", "set", "mail", "--file", nothing).code == 0)
        #expect(try await herald("provider", "show", "mail", "--json").json["settings"]?["connections"] == nil)
        // A wrong change changes nothing.
        #expect(try await herald("provider", "set", "mail", "--setting", "host=").code == 1)
        #expect(try await herald("provider", "show", "mail", "--json").json["settings"]?["host"] == "smtp.example")
        #expect(try await herald("provider", "set", "mail").code == 2)
        #expect(try await herald("provider", "set", "nobody", "--setting", "a=b").code == 1)
    }

    @Test func whatCouldBeACredentialIsMasked() async throws {
        let herald = try HeraldCommand()
        let file = try herald.file(
            "p.json",
            """
            {"account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "s3cret", "from": "+15550001111",
             "base_url": "https://user:s3cret@proxy.example:8443/s3cret", "callback_url": "https://h.example/cb/s3cret",
             "limit_per_second": 30, "limits": {"SG": 5}}
            """)
        let added = try await herald("provider", "add", "tw", "--kind", "twilio", "--file", file)
        #expect(!added.errors.contains("s3cret"))
        let plain = try herald.file(
            "q.json",
            """
            {"account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "s3cret", "from": "+15550001111",
             "base_url": "https://proxy.example:8443/s3cret", "callback_url": "https://h.example/cb/s3cret",
             "limit_per_second": 30, "limits": {"SG": 5}}
            """)
        #expect(try await herald("provider", "add", "tw2", "--kind", "twilio", "--file", plain).code == 0)
        let shown = try await herald("provider", "show", "tw2", "--json")
        #expect(!shown.output.contains("s3cret"))
        let settings = try #require(try shown.json["settings"])
        #expect(settings["base_url"] == "https://proxy.example:8443/…" && settings["limits"] == ["SG": 5])
        #expect(settings["from"] == "+15550001111" && settings["auth_token"] == "••••")
    }
}

/// `herald provider test`, `status`, `out` and `in`.
@Suite(.database) struct ProviderOperationTests {
    private func served(_ body: (HeraldCommand, SandboxProcess) async throws -> Void) async throws {
        let herald = try HeraldCommand()
        let sandbox = try await SandboxProcess.start()
        do {
            try await herald(
                "provider", "add", "tw", "--kind", "twilio", "--setting",
                "account_sid=AC0123456789abcdef0123456789abcdef", "--setting", "auth_token=s3cret", "--setting",
                "from=+15550001111", "--setting", "base_url=\(sandbox.url)", "--setting", "internal=true", "--setting",
                "connect_timeout_ms=\(Patience.milliseconds)", "--setting",
                "first_byte_timeout_ms=\(Patience.milliseconds)", "--setting", "timeout_ms=\(Patience.milliseconds)")
            try await body(herald, sandbox)
        } catch {
            await sandbox.stop()
            throw error
        }
        await sandbox.stop()
    }

    @Test func aTestSendsOneMessageAndTellsTheAnswer() async throws {
        try await served { herald, _ in
            let sent = try await herald("provider", "test", "tw", "--to", "+6591234567", "--json")
            #expect(sent.code == 0, "\(sent.errors)\(sent.output)")
            let json = try sent.json
            #expect(json["outcome"] == "sent" && json["status"] == 201)
            #expect(json["reference"]?.stringValue?.hasPrefix("SM") == true)
            let call = try await herald("provider", "test", "tw", "--to", "+6591234567", "--channel", "voice")
            #expect(call.code == 0 && call.output.contains("reference  CA") && call.output.contains("no ledger"))
            // The sandbox refuses numbers of this ending for good.
            let refused = try await herald("provider", "test", "tw", "--to", "+6595559001")
            #expect(refused.code == 1 && refused.output.contains("outcome    permanent"), "\(refused.output)")
            #expect(refused.output.contains("status     400") && refused.output.contains("21211"))
            #expect(try await herald("provider", "test", "tw", "--to", "12").code == 1)
            #expect(try await herald("provider", "test", "tw", "--to", "a@b.example", "--channel", "email").code == 2)
            #expect(try await herald("provider", "test", "tw", "--to", "+6591234567", "--subject", "x").code == 2)
            for result in [sent, call, refused] {
                #expect(!result.output.contains("s3cret") && !result.errors.contains("s3cret"))
            }
        }
    }

    @Test func aTestOfAProviderThatIsAwaySaysSo() async throws {
        let herald = try HeraldCommand()
        try await herald(
            "provider", "add", "away", "--kind", "http", "--setting", "url=http://127.0.0.1:9/send", "--setting",
            "internal=true", "--setting", #"json={"to":"{{to}}"}"#)
        let result = try await herald("provider", "test", "away", "--to", "+6591234567", "--json")
        #expect(result.code == 1)
        #expect(try result.json["outcome"] == "not_sent")
    }

    @Test func theStatusMergesWhatTheProcessesSay() async throws {
        let herald = try HeraldCommand()
        for name in ["a", "b", "c"] { try await herald("provider", "add", name, "--kind", "sandbox") }
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        func view(_ provider: Int64, _ process: Int64, _ state: String, score: Int, rate: Double, errors: Double)
            -> ProviderHealth
        {
            ProviderHealth(
                provider: provider, process: process, at: .now, state: state, lasting: .seconds(11 * 3600),
                score: score,
                share: state == "open" ? 0 : 100, rate: rate, errorShare: errors, timeOutShare: 0,
                p50: .milliseconds(process * 10), p99: .milliseconds(process * 100), inFlight: 2, allowed: 8,
                learntLimit: nil)
        }
        try await ProviderHealthStore(database: database).publish([
            view(1, 1, "closed", score: 990, rate: 30, errors: 0), view(1, 2, "open", score: 10, rate: 10, errors: 0.2),
            view(2, 1, "closed", score: 1000, rate: 5, errors: 0),
        ])
        try await database.keepHealth()
        let rows = try #require(try await herald("provider", "status", "--json").json.arrayValue)
        #expect(rows.map { $0["state"] } == ["open", "closed", .null])
        #expect(
            rows[0]["rate"]?.doubleValue == 40 && rows[0]["error_share"]?.doubleValue == 0.05 && rows[0]["share"] == 50)
        #expect(rows[0]["p50_us"] == 10_000 && rows[0]["p99_us"] == 200_000)
        #expect(rows[0]["in_flight"] == 4 && rows[0]["limit"] == 16 && rows[0]["processes"] == 2)
        let table = try await herald("provider", "status")
        #expect(table.output.contains("open for 10 h") && table.output.contains("idle"), "\(table.output)")
        #expect(try await herald("provider", "status", "b").lines.count == 2)
        #expect(try await herald("provider", "status", "nobody").code == 1)
        #expect(try await herald("provider", "status", "--watch").code == 2)
        await database.close()
    }

    @Test func aProviderGoesOutAndComesBack() async throws {
        let herald = try HeraldCommand()
        try await herald("provider", "add", "a", "--kind", "sandbox")
        #expect(try await herald("provider", "out", "a").output == "a is out\n")
        #expect(try await herald("provider", "out", "a").output == "a was out before\n")
        #expect(try await herald("provider", "status", "--json").json.arrayValue?.first?["state"] == "out")
        #expect(try await herald("provider", "show", "a", "--json").json["out_since"]?.stringValue != nil)
        #expect(try await herald("provider", "in", "a").output == "a is in\n")
        #expect(try await herald("provider", "status", "--json").json.arrayValue?.first?["state"] == .null)
        #expect(try await herald("provider", "out", "nobody").code == 1)
    }
}

extension Database {
    /// What was published stays true for an hour instead of seconds: that may pass before a command has looked.
    func keepHealth() async throws {
        try await run { try $0.execute("UPDATE provider_health SET at = at + interval '1 hour'") }
    }
}
