import Domain
import Jobs
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// `POST /v1/messages` from the request to the ledger.
@Suite(.database) struct SendMessagesTests {
    private let otp = #"{"to":"+6591234567","template":"code","data":{"code":"4711"},"category":"otp"}"#

    @Test func aOneTimePasswordIsAcceptedAndSent() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendOTP, .priorityCritical])
        try await bench.run {
            let answer = try await bench.call("POST", "/v1/messages", otp, key: key)
            #expect(answer.status == 202 && answer["accepted"]?.intValue == 1, "\(answer.text)")
            let id = try #require(answer.ids.first)
            let message = try await bench.message(id, is: "sent", key: key)
            #expect(message["to"]?.stringValue == "+659•••567")
            #expect(message["channel"]?.stringValue == "sms" && message["category"]?.stringValue == "otp")
            #expect(message["timeline"]?.arrayValue?.last?["provider"]?.stringValue == "sand")
            #expect(!message.text.contains("4711"))
        }
    }

    @Test func eachRecipientGetsAVerdict() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional])
        try await bench.run {
            let answer = try await bench.call(
                "POST", "/v1/messages",
                """
                {"to":[{"phone":"91234567","data":{"code":"1"},"reference":"a"},"12",{"phone":"+6591234568"}],
                 "template":"code","category":"transactional","data":{"code":"9"}}
                """, key: key)
            #expect(answer.status == 202 && answer["accepted"]?.intValue == 2 && answer["rejected"]?.intValue == 1)
            let verdicts = try #require(answer["messages"]?.arrayValue)
            #expect(verdicts.map { $0["status"]?.stringValue } == ["accepted", "rejected", "accepted"])
            #expect(verdicts[0]["reference"]?.stringValue == "a")
            for id in answer.ids { _ = try await bench.message(id, is: "sent", key: key) }
            let found = try await bench.call("GET", "/v1/messages?reference=a", key: key)
            #expect(found["items"]?.arrayValue?.map { $0["id"]?.stringValue } == [answer.ids[0]])
            let sent = try await bench.call("GET", "/v1/messages?to=%2B65%209123%204567", key: key)
            #expect(sent["items"]?.arrayValue?.map { $0["id"]?.stringValue } == [answer.ids[0]])
        }
    }

    /// All faults are named at once, each with its field and its rule.
    @Test func faultsAreNamedByFieldAndRule() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional])
        let answer = try await bench.call(
            "POST", "/v1/messages",
            #"{"to":[],"category":"news","priority":"soon","tempalte":"x","send_at":"tomorrow","expires_in":0}"#,
            key: key)
        #expect(answer.status == 422 && answer.header("content-type") == "application/problem+json")
        let errors = (answer["errors"]?.arrayValue ?? []).map {
            "\($0["field"]?.stringValue ?? "") \($0["rule"]?.stringValue ?? "")"
        }
        #expect(
            Set(errors) == [
                "/to required", "/category choice", "/priority choice", "/template required", "/tempalte unknown",
                "/send_at time", "/expires_in range",
            ])
    }

    @Test(
        arguments: [
            ("", 400, nil), ("{", 400, nil), ("[]", 422, "object"),
            (#"{"to":"+6591234567","template":"nope","category":"transactional"}"#, 422, "unknown_template"),
            (#"{"to":"+6591234567","template":"code","category":"transactional"}"#, 422, "field_missing"),
            (#"{"to":"hello","template":"code","data":{"code":"1"},"category":"transactional"}"#, 422, "phone_letters"),
            (
                #"{"to":"+6591234567","template":"code","channel":"email","data":{"code":"1"},"category":"transactional"}"#,
                422, "channel"
            ),
            (
                #"{"to":"+6591234567","content":{"text":"hi"},"channel":"sms","category":"transactional"}"#, 403,
                "use.content"
            ),
            (#"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"marketing"}"#, 403, "scope"),
            (
                #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"transactional","priority":"critical"}"#,
                403, "scope"
            ),
            (
                #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"transactional","expires_at":"2020-01-01T00:00:00Z"}"#,
                422, "range"
            ),
        ] as [(String, Int, String?)])
    func whatCantBeSentIsRefused(body: String, status: Int, rule: String?) async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional])
        let answer = try await bench.call("POST", "/v1/messages", body, key: key)
        #expect(answer.status == status && (rule == nil || answer.rule == rule), "\(answer.text)")
    }

    @Test func theSameKeyReplaysTheFirstAnswer() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendOTP, .priorityCritical])
        let header = [(name: "Idempotency-Key", value: "k-1")]
        try await bench.run {
            let first = try await bench.call("POST", "/v1/messages", otp, key: key, headers: header)
            let again = try await bench.call("POST", "/v1/messages", otp, key: key, headers: header)
            #expect(first.status == 202 && again.status == 202 && first.text == again.text)
            #expect(again.header("idempotent-replay") == "true" && first.header("idempotent-replay") == nil)
            let other = try await bench.call("POST", "/v1/messages", otp + " ", key: key, headers: header)
            #expect(other.status == 422 && other["type"]?.stringValue == "/docs#idempotency-key-reused")
            // What no longer holds does not change what was answered.
            _ = try await PartyStore(database: bench.database, keys: bench.keys)
                .removeTemplate(tenant: bench.acme.tenant.id, name: "code")
            bench.services.streams.forget()
            #expect(try await bench.call("POST", "/v1/messages", otp, key: key, headers: header).text == first.text)
        }
    }

    @Test func aScheduledMessageCanBeCancelledOnce() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional])
        try await bench.run {
            let due = (Timestamp.now + .seconds(3600)).description
            let answer = try await bench.call(
                "POST", "/v1/messages",
                #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"transactional","send_at":"\#(due)"}"#,
                key: key)
            let id = try #require(answer.ids.first)
            #expect(try await bench.call("GET", "/v1/messages/\(id)", key: key)["status"]?.stringValue == "scheduled")
            let cancelled = try await bench.call("POST", "/v1/messages/\(id)/cancel", key: key)
            #expect(cancelled.status == 200 && cancelled["status"]?.stringValue == "cancelled", "\(cancelled.text)")
            #expect(try await bench.call("POST", "/v1/messages/\(id)/cancel", key: key).status == 409)
        }
        #expect(try await LedgerStore(database: bench.database, keys: bench.keys).verify().isSound)
    }

    @Test func aTestKeyChecksEverythingAndSendsNothing() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendOTP, .priorityCritical], isTest: true)
        try await bench.run {
            let answer = try await bench.call("POST", "/v1/messages", otp, key: key)
            #expect(answer.status == 202 && answer["accepted"]?.intValue == 1 && answer.ids.isEmpty)
        }
        let shards = try await bench.database.run { try $0.query("SELECT FROM shard").count }
        #expect(shards == 0)
    }

    @Test func whoOptedOutIsToldAtOnce() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendMarketing])
        let tenant = bench.acme.tenant.id
        let secret = try await PartyStore(database: bench.database, keys: bench.keys).key(of: tenant)
        _ = try await PolicyStore(database: bench.database).suppress(
            tenant: tenant, hashes: [secret.recipients.recipient(.phone, Array("+6591234567".utf8).span)],
            channel: .sms,
            reason: .optout, origin: "test")
        let answer = try await bench.call(
            "POST", "/v1/messages",
            #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"marketing"}"#, key: key)
        #expect(answer.status == 422 && answer.rule == "opted_out", "\(answer.text)")
    }

    /// An email costs less than a text; whoever has no address for it gets the text.
    @Test func theCheapestChannelIsTaken() async throws {
        let bench = try await GatewayBench()
        let parties = PartyStore(database: bench.database, keys: bench.keys)
        let providers = ProviderStore(database: bench.database, keys: bench.keys)
        let sand = try #require(try await providers.providers().first)
        _ = try await RouteStore(database: bench.database).store([
            RouteRule(channel: .email, targets: [RouteRule.Target(provider: sand.id)])
        ])
        let dollar = try #require(Currency("SGD"))
        for (channel, micros) in [(Channel.sms, Int64(40_000)), (.email, 500)] {
            try await providers.addPrice(
                provider: sand.id, channel: channel, prefix: "", micros: micros, currency: dollar, from: nil, to: nil)
        }
        _ = try await parties.addTemplate(
            tenant: bench.acme.tenant.id, name: "mail", channel: .email,
            content: #"{"channel":"email","default_locale":"en","locales":{"en":{"subject":"Hi","text":"{{ code }}"}}}"#
        )
        let key = try await bench.key([.sendTransactional])
        try await bench.run {
            let answer = try await bench.call(
                "POST", "/v1/messages",
                #"{"to":[{"phone":"+6591234567","email":"ann@example.com"},{"phone":"+6591234568"}],"channel":"cheapest","template":{"sms":"code","email":"mail"},"data":{"code":"1"},"category":"transactional"}"#,
                key: key)
            let channels = answer["messages"]?.arrayValue?.map { $0["channel"]?.stringValue }
            #expect(channels == ["email", "sms"], "\(answer.text)")
        }
    }

    @Test func textsOfItsOwnGoAsTheyAre() async throws {
        let bench = try await GatewayBench()
        var use = PermittedUse()
        use.allowsRaw = true
        _ = try await SourceRuleStore(database: bench.database).permit(
            use, to: bench.acme.source, audit: AuditOrigin(actor: "test", origin: "test"))
        let key = try await bench.key([.sendTransactional])
        try await bench.run {
            let answer = try await bench.call(
                "POST", "/v1/messages",
                #"{"to":"+6591234567","content":{"text":"{{ 1 | plus: 1 }} is no code"},"channel":"sms","category":"transactional"}"#,
                key: key)
            let id = try #require(answer.ids.first, "\(answer.text)")
            _ = try await bench.message(id, is: "sent", key: key)
        }
    }
}
