import Domain
private import Foundation
import TestSupport
import Testing

@testable import Senders

/// Against a double on PyPI's `h2`, over TLS.
@Suite struct APNsAdapterTests {
    static let device = String(repeating: "0123456789abcdef", count: 4)

    struct Seen {
        var outcomes: [Outcome]
        var requests: [JSON]

        func header(_ name: String, _ place: Int = 0) -> String? { requests[place]["headers"]?[name]?.stringValue }
    }

    static func settings(_ port: Int, _ folder: String, team: String = "DEF123GHIJ") -> String {
        let key = (try? PushKeys.elliptic.get().secret) ?? ""
        return #"""
            {"key":\#(quoted(key)),"key_id":"ABC123DEFG","team_id":"\#(team)","topic":"com.example.app",
            "base_url":"https://localhost:\#(port)","ca_file":"\#(folder)/ca.pem","internal":true\#(Patience.http())}
            """#
    }

    static func run(
        hold: Int = 0, teams: [String] = ["DEF123GHIJ"], clock: ManualCredentialClock = ManualCredentialClock(),
        _ work: ([HTTPProvider]) async -> [Outcome]
    ) async throws -> Seen {
        let folder = FileManager.default.temporaryDirectory.appending(path: "herald-apns-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = try PushKeys.elliptic.get().open.utf8.map { String(format: "%02x", $0) }.joined()
        let double = try PythonFarEnd("vendors/apns_double.py", [folder.path, key, String(hold)])
        let loop = try CurlLoop()
        let adapters = Result {
            try teams.map { team in
                var reader = ConfigReader(
                    try #require(try JSON.parse(settings(double.port, folder.path, team: team)).objectValue))
                return try APNsAdapter(&reader, clock: clock.clock)
            }
        }
        var outcomes: [Outcome] = []
        if case .success(let adapters) = adapters {
            outcomes = await work(adapters.map { HTTPProvider(name: "apns", adapter: $0, loop: loop) })
        }
        loop.stop()
        let lines = double.stop()
        _ = try adapters.get()
        return Seen(outcomes: outcomes, requests: try lines.map { try JSON.parse(String($0)) })
    }

    @Test func aNotificationHasApplesHeadersAndPayload() async throws {
        var batch = testBatch(
            to: [Self.device], text: "Your code is 1234", subject: "Code", rich: #"{"order":7,"aps":{"badge":9}}"#,
            channel: .push)
        batch.category = .otp
        let ready = batch
        let seen = try await Self.run { await $0[0].send(ready) { true } }
        let id = String(decoding: APNsID.of(Array("1000-herald".utf8)), as: UTF8.self)
        #expect(seen.outcomes == [.sent(reference: id, cost: nil)])
        #expect(UUID(uuidString: id) != nil && id == id.lowercased())
        #expect(seen.header(":method") == "POST")
        #expect(seen.header(":path") == "/3/device/\(Self.device)")
        #expect(seen.header("apns-id") == id)
        #expect(seen.header("apns-push-type") == "alert")
        #expect(seen.header("apns-priority") == "10")
        #expect(seen.header("apns-expiration") == "1700000600")
        #expect(seen.header("apns-topic") == "com.example.app")
        #expect(seen.header("apns-collapse-id") == "1000-herald")
        #expect(
            try JSON.parse(seen.requests[0]["body"]?.stringValue ?? "") == [
                "aps": ["alert": ["title": "Code", "body": "Your code is 1234"], "sound": "default"], "order": 7,
            ])
        let bearer = try #require(seen.header("authorization"))
        #expect(bearer.hasPrefix("bearer "))
        let said = try PushKeys.claims(String(bearer.dropFirst(7)), "ES256", key: PushKeys.elliptic.get())
        #expect(said?["header"] == ["alg": "ES256", "typ": "JWT", "kid": "ABC123DEFG"])
        #expect(said?["claims"] == ["iss": "DEF123GHIJ", "iat": 1_700_000_000])
    }

    @Test func oneConnectionCarriesABurst() async throws {
        let batch = testBatch(to: Array(repeating: Self.device, count: 91), channel: .push)
        // After the first, no answer comes before 90 are open: one stream at a time would never get there.
        let seen = try await Self.run(hold: 90) { await $0[0].send(batch) { true } }
        #expect(seen.outcomes.filter { $0.kind == .sent }.count == 91)
        #expect(Set(seen.requests.compactMap { $0["connection"]?.intValue }) == [1])
        #expect(seen.requests.compactMap { $0["open"]?.intValue }.max() == 90)
    }

    @Test func aLongRunKeepsItsConnectionAndLosesNothing() async throws {
        let seen = try await Self.run { providers in
            await withTaskGroup(of: [Outcome].self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        await providers[0].send(
                            testBatch(to: Array(repeating: Self.device, count: 100), channel: .push)
                        ) {
                            true
                        }
                    }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
        }
        #expect(seen.outcomes.filter { $0.kind == .sent }.count == 1000)
        #expect(seen.requests.count == 1000)
        // One, and a second where the first had no stream left.
        #expect(Set(seen.requests.compactMap { $0["connection"]?.intValue }).count <= 2)
        #expect(Set(seen.requests.compactMap { $0["headers"]?["authorization"]?.stringValue }).count == 1)
    }

    /// Apple ties a connection to the team that used it first.
    @Test func twoTeamsNeverShareAConnection() async throws {
        let batch = testBatch(to: [Self.device, Self.device], channel: .push)
        let seen = try await Self.run(teams: ["TEAM000001", "TEAM000002"]) { providers in
            var outcomes: [Outcome] = []
            for provider in providers + providers { outcomes += await provider.send(batch) { true } }
            return outcomes
        }
        #expect(seen.outcomes.filter { $0.kind == .sent }.count == 8)
    }

    @Test(arguments: [
        ("dead", Outcome.permanent(reason: "unregistered (apns Unregistered)")),
        ("bad0", .permanent(reason: "unregistered (apns BadDeviceToken)")),
        ("4000", .permanent(reason: "invalid_recipient (apns DeviceTokenNotForTopic)")),
        ("f00d", .permanent(reason: "too_large (apns PayloadTooLarge)")),
        ("4290", .throttled(after: .seconds(7))),
        ("5030", .temporary(reason: "provider_busy (apns ServiceUnavailable)")),
        ("5000", .inDoubt(reason: "unclear_reply (apns InternalServerError)")),
    ])
    func eachOfApplesReasonsHasItsOutcome(start: String, outcome: Outcome) async throws {
        let batch = testBatch(to: [start + Self.device.dropFirst(4), Self.device], channel: .push)
        let seen = try await Self.run { await $0[0].send(batch) { true } }
        #expect(seen.outcomes.first == outcome)
        #expect(seen.outcomes.last?.kind == .sent)
    }

    @Test func aStreamThatIsResetIsInDoubtAndTheOthersAreNot() async throws {
        let batch = testBatch(to: [Self.device, "abad" + Self.device.dropFirst(4), Self.device], channel: .push)
        let seen = try await Self.run { await $0[0].send(batch) { true } }
        #expect(seen.outcomes.map(\.kind) == [.sent, .inDoubt, .sent])
    }

    @Test func aTokenThatAppleCallsExpiredIsMadeAnewOnceItIsOldEnough() async throws {
        let clock = ManualCredentialClock()
        let batch = testBatch(to: ["e403" + Self.device.dropFirst(4)], channel: .push)
        let seen = try await Self.run(clock: clock) { providers in
            var outcomes: [Outcome] = []
            // A new token within 20 minutes would be refused for that alone.
            for minutes in [0, 10, 15, 1] {
                clock.date.pass(.seconds(minutes * 60))
                outcomes += await providers[0].send(batch) { true }
            }
            return outcomes
        }
        #expect(seen.outcomes.map(\.kind) == [.temporary, .temporary, .temporary, .sent])
        #expect(seen.outcomes[0] == .temporary(reason: "account_refused (apns ExpiredProviderToken)"))
        let tokens = seen.requests.compactMap { $0["headers"]?["authorization"]?.stringValue }
        #expect(tokens[0] == tokens[1] && tokens[1] == tokens[2] && tokens[2] != tokens[3])
    }

    @Test func aTokenLastsFiftyMinutes() async throws {
        let clock = ManualCredentialClock()
        let batch = testBatch(to: [Self.device], channel: .push)
        let seen = try await Self.run(clock: clock) { providers in
            var outcomes: [Outcome] = []
            for minutes in [0, 49, 2] {
                clock.date.pass(.seconds(minutes * 60))
                outcomes += await providers[0].send(batch) { true }
            }
            return outcomes
        }
        let tokens = seen.requests.compactMap { $0["headers"]?["authorization"]?.stringValue }
        #expect(tokens[0] == tokens[1] && tokens[1] != tokens[2])
    }

    @Test func aDeviceTokenCannotLeaveItsPlaceInThePath() async throws {
        let batch = testBatch(to: ["../../3/device/x?y#z\r\nq: 1"], channel: .push)
        let seen = try await Self.run { await $0[0].send(batch) { true } }
        #expect(seen.header(":path") == "/3/device/..%2F..%2F3%2Fdevice%2Fx%3Fy%23z%0D%0Aq%3A%201")
    }

    @Test func settingsSayWhatIsWrong() throws {
        let key = quoted(try PushKeys.elliptic.get().secret)
        let rsa = quoted(try PushKeys.rsa.get().secret)
        func json(_ key: String, _ more: String) -> String { #"{"key":\#(key),"topic":"t"\#(more)}"# }
        #expect(configError(APNsAdapter.self, "{}").contains("\"topic\" is missing"))
        #expect(configError(APNsAdapter.self, json(rsa, "")).contains("P-256 is needed"))
        #expect(configError(APNsAdapter.self, json(key, "")).contains("\"key_id\" is missing"))
        #expect(
            configError(APNsAdapter.self, json(key, #","key_id":"k","team_id":"t","environment":"test""#))
                .contains("\"production\" or \"sandbox\""))
        #expect(configError(APNsAdapter.self, json(key, #","key_id":"k","team_id":"t\nX: 1""#)).contains("control"))
        #expect(
            configError(APNsAdapter.self, json(key, #","key_id":"k","team_id":"t","http_version":"1.1""#))
                .contains("must be \"2\""))
        #expect(configError(APNsAdapter.self, json(key, #","key_id":"k","team_id":"t""#)) == "no error")
        #expect(APNsAdapter.codes.count >= 32)
    }
}
