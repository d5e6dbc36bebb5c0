import Domain
import Synchronization
import TestSupport
import Testing

@testable import Senders

@Suite struct FCMAdapterTests {
    static let token = String(repeating: "t", count: 120)
    static let accepted = VendorRun.Answer(body: #"{"name":"projects/p/messages/0:1500415314455276%31bd1c9631bd1c96"}"#)
    static let granted = VendorRun.Answer(body: #"{"access_token":"tok","expires_in":3599,"token_type":"Bearer"}"#)

    static func settings(_ port: UInt16, _ more: String = "") -> String {
        let key = (try? PushKeys.rsa.get().secret) ?? ""
        return #"""
            "service_account":{"type":"service_account","project_id":"p","private_key_id":"kid",
            "private_key":\#(quoted(key)),"client_email":"x@p.iam.gserviceaccount.com","client_id":"1",
            "token_uri":"http://127.0.0.1:\#(port)/token"},"base_url":"http://127.0.0.1:\#(port)"\#(more)
            """#
    }

    static func send(
        _ batch: MessageBatch = testBatch(to: [token], channel: .push), message: VendorRun.Answer = accepted,
        token: VendorRun.Answer = granted
    ) async throws -> VendorRun {
        try await VendorRun.send(FCMAdapter.self, { settings($0) }, batch) {
            $0.hasPrefix("POST /token") ? token : message
        }
    }

    /// What `firebase-admin` 7.7 sends for the same message.
    static let captured = #"""
        {"message": {"android": {"notification": {"tag": "1000-herald"}, "priority": "high", "ttl": "600s"},
        "apns": {"headers": {"apns-priority": "10", "apns-expiration": "1700000600", "apns-collapse-id": "1000-herald"},
        "payload": {"aps": {"sound": "default"}}}, "data": {"k": "v"}, "notification": {"body": "B", "title": "T"},
        "token": "\#(token)", "webpush": {"headers": {"TTL": "600", "Urgency": "high"}}}}
        """#

    @Test func aMessageIsThatOfTheOfficialSDK() async throws {
        var batch = testBatch(to: [Self.token], text: "B", subject: "T", rich: #"{"k":"v"}"#, channel: .push)
        batch.category = .otp
        let ready = batch
        let clock = ManualCredentialClock()
        let run = try await VendorRun.run(
            { Self.settings($0) }, answer: { $0.hasPrefix("POST /token") ? Self.granted : Self.accepted },
            adapter: { try Self.adapter($0, clock) }
        ) { await $0.send(ready) { true } }
        #expect(run.outcome == .sent(reference: "projects/p/messages/0:1500415314455276%31bd1c9631bd1c96", cost: nil))
        let request = try #require(run.requests.last)
        #expect(VendorRun.line(request) == "POST /v1/projects/p/messages:send HTTP/1.1")
        #expect(VendorRun.header("authorization", of: request) == "Bearer tok")
        #expect(VendorRun.header("content-type", of: request) == "application/json")
        #expect(try JSON.parse(VendorRun.body(request)) == JSON.parse(Self.captured))
    }

    @Test func theAssertionHoldsForPyJWTAndSaysWhatGoogleWants() async throws {
        let clock = ManualCredentialClock()
        let run = try await VendorRun.run(
            { Self.settings($0) }, answer: { $0.hasPrefix("POST /token") ? Self.granted : Self.accepted },
            adapter: { try Self.adapter($0, clock) }
        ) { await $0.send(testBatch(to: [Self.token], channel: .push)) { true } }
        let request = try #require(run.requests.first)
        #expect(VendorRun.header("content-type", of: request) == "application/x-www-form-urlencoded")
        let form = FormBody(VendorRun.body(request).utf8)
        #expect(form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer")
        let said = try PushKeys.claims(
            try #require(form["assertion"]), "RS256", key: PushKeys.rsa.get(),
            audience: "https://oauth2.googleapis.com/token")
        #expect(said?["header"] == ["alg": "RS256", "typ": "JWT", "kid": "kid"])
        #expect(
            said?["claims"] == [
                "iss": "x@p.iam.gserviceaccount.com", "aud": "https://oauth2.googleapis.com/token",
                "scope": "https://www.googleapis.com/auth/firebase.messaging", "iat": 1_700_000_000,
                "exp": 1_700_003_600,
            ])
    }

    @Test func batchesThatWaitAtTheSameTimeShareOneToken() async throws {
        let run = try await VendorRun.run(
            FCMAdapter.self, { Self.settings($0) },
            answer: { $0.hasPrefix("POST /token") ? Self.granted : Self.accepted }
        ) { provider in
            await withTaskGroup(of: [Outcome].self) { group in
                for _ in 0..<20 {
                    group.addTask { await provider.send(testBatch(to: [Self.token], channel: .push)) { true } }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
        }
        #expect(run.outcomes.filter { $0.kind == .sent }.count == 20)
        #expect(run.requests.filter { $0.hasPrefix("POST /token") }.count == 1)
    }

    @Test func aTokenIsRenewedBeforeItRunsOutAndNotEarlier() async throws {
        let clock = ManualCredentialClock()
        let counts = Mutex<[Int]>([])
        let fetched = Mutex(0)
        _ = try await VendorRun.run(
            { Self.settings($0) },
            answer: { request in
                guard request.hasPrefix("POST /token") else { return Self.accepted }
                fetched.withLock { $0 += 1 }
                return Self.granted
            }, adapter: { try Self.adapter($0, clock) }
        ) { provider in
            for minutes in [0, 54, 2] {
                clock.date.pass(.seconds(minutes * 60))
                _ = await provider.send(testBatch(to: [Self.token], channel: .push)) { true }
                counts.withLock { $0.append(fetched.withLock { $0 }) }
            }
            return []
        }
        #expect(counts.withLock { $0 } == [1, 1, 2])
    }

    @Test(arguments: [("UNAUTHENTICATED", 2), ("THIRD_PARTY_AUTH_ERROR", 1)])
    func aRefusedTokenIsFetchedAnewAndApplesCredentialsAreNotOurs(code: String, tokens: Int) async throws {
        let clock = ManualCredentialClock()
        let refusal = Self.error(401, code)
        let run = try await VendorRun.run(
            { Self.settings($0) }, answer: { $0.hasPrefix("POST /token") ? Self.granted : refusal },
            adapter: { try Self.adapter($0, clock) }
        ) { provider in
            var outcomes: [Outcome] = []
            for _ in 0..<3 {
                outcomes += await provider.send(testBatch(to: [Self.token], channel: .push)) { true }
                clock.date.pass(.seconds(60))
            }
            return outcomes
        }
        #expect(run.outcomes == Array(repeating: .temporary(reason: "account_refused (fcm \(code))"), count: 3))
        #expect(run.requests.filter { $0.hasPrefix("POST /token") }.count == tokens)
    }

    @Test(arguments: [
        (404, "UNREGISTERED", Outcome.permanent(reason: "unregistered (fcm UNREGISTERED)")),
        (403, "SENDER_ID_MISMATCH", .permanent(reason: "sender_refused (fcm SENDER_ID_MISMATCH)")),
        (400, "INVALID_ARGUMENT", .permanent(reason: "content_refused (fcm INVALID_ARGUMENT)")),
        (429, "QUOTA_EXCEEDED", .throttled(after: .seconds(60))),
        (503, "UNAVAILABLE", .temporary(reason: "provider_busy (fcm UNAVAILABLE)")),
        (500, "INTERNAL", .inDoubt(reason: "unclear_reply (fcm INTERNAL)")),
        (401, "THIRD_PARTY_AUTH_ERROR", .temporary(reason: "account_refused (fcm THIRD_PARTY_AUTH_ERROR)")),
    ])
    func eachOfFirebasesErrorsHasItsOutcome(status: Int, code: String, outcome: Outcome) async throws {
        #expect(try await Self.send(message: Self.error(status, code)).outcome == outcome)
    }

    /// Replies as Firebase's documentation shows them, and some that nobody documents.
    @Test(arguments: [
        (
            400,
            #"{"error":{"code":400,"message":"The registration token is not a valid FCM registration token","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"INVALID_ARGUMENT"}]}}"#,
            Outcome.permanent(reason: "unregistered (fcm INVALID_ARGUMENT)")
        ),
        (
            400,
            #"{"error":{"code":400,"message":"Invalid value at 'message.data[0].value' (TYPE_STRING), 12","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"message.data[0].value"}]}]}}"#,
            .permanent(reason: "content_refused (fcm INVALID_ARGUMENT)")
        ),
        (
            400, #"{"error":{"code":400,"message":"Android message is too big","status":"INVALID_ARGUMENT"}}"#,
            .permanent(reason: "too_large (fcm INVALID_ARGUMENT)")
        ),
        (404, #"{"error":{"code":404,"status":"NOT_FOUND"}}"#, .temporary(reason: "account_refused (fcm NOT_FOUND)")),
        (403, #"{"error":{"status":"+65 9123 4567"}}"#, .temporary(reason: "account_refused (fcm 403)")),
        (502, "<html>", .inDoubt(reason: "provider_error (fcm 502)")),
        (200, #"{"name":""}"#, .inDoubt(reason: "unclear_reply (fcm 200)")),
        (200, #"{"name":"projects/p/mess"#, .inDoubt(reason: "unclear_reply (fcm 200)")),
        (200, String(repeating: "[", count: 50_000), .inDoubt(reason: "unclear_reply (fcm 200)")),
        (200, String(repeating: " ", count: 100_000), .inDoubt(reason: "unclear_reply (fcm 200)")),
        (200, #"{"error":{"status":"UNAVAILABLE"}}"#, .inDoubt(reason: "unclear_reply (fcm 200)")),
    ])
    func repliesAreReadAsTheyAreMeant(status: Int, body: String, outcome: Outcome) async throws {
        #expect(try await Self.send(message: VendorRun.Answer(status: status, body: body)).outcome == outcome)
    }

    @Test func retryAfterIsObeyed() async throws {
        var reply = Self.error(429, "QUOTA_EXCEEDED")
        reply.headers = "Retry-After: 7\r\n"
        #expect(try await Self.send(message: reply).outcome == .throttled(after: .seconds(7)))
    }

    /// Nothing is sent without a token, so nothing is in doubt.
    @Test(arguments: [
        (
            400, #"{"error":"invalid_grant","error_description":"Invalid JWT Signature for x@p"}"#,
            Outcome.temporary(reason: "account_refused (fcm invalid_grant)")
        ),
        (503, "", .temporary(reason: "provider_busy (fcm token 503)")),
        (429, "", .throttled(after: .seconds(5))),
        (200, "{}", .temporary(reason: "unclear_reply (fcm token)")),
        (200, #"{"access_token":"a\r\nX-Evil: 1","expires_in":3599}"#, .temporary(reason: "unclear_reply (fcm token)")),
    ])
    func withoutATokenNothingIsSent(status: Int, body: String, outcome: Outcome) async throws {
        let run = try await Self.send(
            testBatch(to: [Self.token, Self.token], channel: .push),
            token: VendorRun.Answer(status: status, body: body))
        #expect(run.outcomes == [outcome, outcome])
        #expect(run.requests.allSatisfy { $0.hasPrefix("POST /token") })
    }

    /// The breaker must hear of it: without a token no call to Firebase itself ever fails.
    @Test(arguments: [
        (400, #"{"error":"invalid_grant"}"#, Int32(400), CallEnd.failed), (503, "", 503, .failed),
        (429, "", 429, .throttled), (200, "{}", 0, .failed), (0, "", 0, .failed),
    ])
    func aFailedTokenIsAFailedCallOfTheProvider(
        status: Int, body: String, reported: Int32, end: CallEnd
    ) async throws {
        let witness = TestWitness()
        let run = try await VendorRun.run(
            FCMAdapter.self, { Self.settings($0, status == 0 ? #","token_uri":"http://127.0.0.1:1/""# : "") },
            answer: { _ in VendorRun.Answer(status: status, body: body) }
        ) { await $0.send(testBatch(to: [Self.token, Self.token], channel: .push), witness: witness) }
        #expect(run.outcomes.count == 2 && witness.begun == 1)
        #expect(witness.calls.map(\.places) == [0..<2] && witness.calls.map(\.status) == [reported])
        #expect(witness.calls.map { CallEnd($0) } == [end])
    }

    @Test func aTokenThatWasFetchedIsACallThatCarriedNoMessage() async throws {
        let witness = TestWitness()
        _ = try await VendorRun.run(
            FCMAdapter.self, { Self.settings($0) },
            answer: { $0.hasPrefix("POST /token") ? Self.granted : Self.accepted }
        ) { provider in
            _ = await provider.send(testBatch(to: [Self.token], channel: .push), witness: witness)
            return await provider.send(testBatch(to: [Self.token], channel: .push), witness: witness)
        }
        #expect(witness.calls.map(\.places) == [0..<0, 0..<1, 0..<1] && witness.begun == 3)
        #expect(witness.calls.allSatisfy { CallEnd($0) == .healthy })
    }

    @Test func noTokenIsFetchedWithoutLeave() async throws {
        let run = try await VendorRun.run(
            FCMAdapter.self, { Self.settings($0) }, answer: { _ in Self.granted }
        ) { await $0.send(testBatch(to: [Self.token], channel: .push), witness: TestWitness { false }) }
        #expect(run.outcomes == [.notSent(reason: ProviderReason.leaseOver)] && run.requests.isEmpty)
    }

    @Test func textsAndDataStayTexts() async throws {
        let nasty = "\"}],\\\u{0}\r\n<b>é\u{7F}"
        let run = try await Self.send(
            testBatch(
                to: [Self.token], text: nasty, subject: nasty,
                rich: #"{"n":7,"b":true,"z":null,"o":{"a":[1,"x"]},"q\"":"\u0000\n"}"#, channel: .push))
        let message = try JSON.parse(VendorRun.body(try #require(run.requests.last)))["message"]
        #expect(message?["notification"] == ["title": .string(nasty), "body": .string(nasty)])
        #expect(
            message?["data"] == ["n": "7", "b": "true", "z": "", "o": #"{"a":[1,"x"]}"#, "q\"": "\u{0}\n"])
        #expect(message?["android"]?["priority"] == "normal")
        #expect(message?["apns"]?["headers"]?["apns-priority"] == "5")
    }

    @Test func settingsSayWhatIsWrong() throws {
        let key = quoted(try PushKeys.rsa.get().secret)
        let elliptic = quoted(try PushKeys.elliptic.get().secret)
        func file(_ key: String, _ more: String = "") -> String {
            #"{"client_email":"a@b","private_key":\#(key),"project_id":"p"\#(more)}"#
        }
        #expect(configError(FCMAdapter.self, "{}").contains("\"service_account\" is missing"))
        #expect(configError(FCMAdapter.self, #"{"service_account":"x"}"#).contains("must be the JSON"))
        #expect(configError(FCMAdapter.self, #"{"service_account":{}}"#).contains("service_account.client_email"))
        #expect(configError(FCMAdapter.self, #"{"service_account":\#(file("\"x\""))}"#).contains("private_key"))
        #expect(
            configError(FCMAdapter.self, #"{"service_account":\#(file(elliptic))}"#).contains("an RSA key is needed"))
        #expect(configError(FCMAdapter.self, #"{"service_account":\#(file(key)),"project_id":"../x"}"#).contains("id"))
        #expect(configError(FCMAdapter.self, #"{"service_account":\#(file(key)),"projct_id":"x"}"#).contains("unknown"))
        #expect(configError(FCMAdapter.self, #"{"service_account":\#(file(key))}"#) == "no error")
        #expect(configError(FCMAdapter.self, #"{"service_account":\#(quoted(file(key)))}"#) == "no error")
        #expect(FCMAdapter.codes.count >= 17)
    }

    static func error(_ status: Int, _ code: String) -> VendorRun.Answer {
        VendorRun.Answer(
            status: status,
            body: #"""
                {"error":{"code":\#(status),"message":"m","status":"\#(code)","details":[{"@type":
                "type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"\#(code)"}]}}
                """#)
    }

    static func adapter(_ json: String, _ clock: ManualCredentialClock) throws -> FCMAdapter {
        var reader = ConfigReader(try #require(try JSON.parse(json).objectValue))
        return try FCMAdapter(&reader, clock: clock.clock)
    }
}
