import Domain
import Testing

@testable import Senders

/// What a message shows as its sender.
struct RouteSenderTests {
    private func sender(_ scope: RouteScope, _ region: String, step: Int = 0) -> String {
        let choice = scope.choose("+651", region)
        return scope.senderText(scope.sender(for: choice, step: step, region: Region(region) ?? .none))
    }

    @Test func theMostSpecificSenderWins() throws {
        let (singapore, india) = (try #require(Region("SG")), try #require(Region("IN")))
        var bench = RuleBench()
        bench.rule(1, 2)
        bench.senders = [
            SenderIdentity(id: 1, channel: .sms, value: "any"),
            SenderIdentity(id: 2, channel: .sms, provider: 2, value: "second"),
            SenderIdentity(id: 3, channel: .sms, country: singapore, value: "sg"),
            SenderIdentity(id: 4, channel: .sms, country: singapore, provider: 1, value: "sg-first"),
            SenderIdentity(id: 5, tenant: 2, channel: .sms, value: "own"),
            SenderIdentity(id: 6, tenant: 2, channel: .sms, country: india, value: "own-in"),
            SenderIdentity(id: 7, channel: .email, value: "mail@example.com"),
        ]
        let scope = bench.scope()
        #expect(sender(scope, "SG") == "sg-first" && sender(scope, "SG", step: 1) == "sg")
        #expect(sender(scope, "GB") == "any" && sender(scope, "GB", step: 1) == "second")
        #expect(scope.senderText(scope.choose("+651", "SG").sender) == "sg-first")
        let other = bench.scope(tenant: 2)
        #expect(sender(other, "SG") == "own" && sender(other, "IN") == "own-in")
        #expect(bench.scope(channel: .voice).choose("+651").sender == .none)
    }

    @Test func theRulesOwnSenderGoesBeforeTheTable() {
        var bench = RuleBench()
        bench.rule(1) { $0.from = "HERALD" }
        bench.senders = [SenderIdentity(id: 1, channel: .sms, value: "any")]
        #expect(sender(bench.scope(), "SG") == "HERALD")
        bench.rules[0].from = ""
        bench.senders = []
        #expect(sender(bench.scope(), "SG") == "")
    }
}
