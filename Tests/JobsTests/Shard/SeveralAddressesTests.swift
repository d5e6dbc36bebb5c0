import Domain
import Senders
import TestSupport
import Testing

@testable import Jobs

/// Recipients with addresses for several channels.
@Suite struct SeveralAddressesTests {
    private let sms = ScriptedProvider("sms") { call in
        call.index % 2 == 1 ? .permanent(reason: "invalid_recipient") : .sent(reference: "s", cost: nil)
    }
    private let mail = ScriptedProvider("mail") { .sent(reference: "m\($0.index)", cost: nil) }

    private static func rule(_ provider: Int64, _ channel: Channel) -> RouteRule {
        RouteRule(channel: channel, targets: [RouteRule.Target(provider: provider)])
    }

    private static let rules = [rule(1, .sms), rule(2, .email)]
    /// Both; both; a number alone; a number alone; an email address alone; neither.
    private static let people = [
        ShardBench.Person(phone: "+6591000000", email: "a0@b.example"),
        ShardBench.Person(phone: "+6591000001", email: "a1@b.example"), ShardBench.Person(phone: "+6591000002"),
        ShardBench.Person(phone: "+6591000003"), ShardBench.Person(email: "a4@b.example"), ShardBench.Person(),
    ]

    @Test func aCampaignsChainReachesEachPersonAtTheAddressOfTheChannel() async throws {
        let bench = try await ShardBench(
            6, rules: Self.rules, prices: [10_000, 1_000], people: Self.people, chain: [.email],
            through: [sms, mail])
        try await bench.work()
        #expect(sms.indexes == [0, 1, 2, 3])
        #expect(mail.addressOf == [1: "a1@b.example", 4: "a4@b.example"])
        let rows = await bench.rows.filter(\.final).sorted { $0.index < $1.index }
        #expect(rows.map(\.state) == [.sent, .sent, .sent, .failed, .sent, .failed])
        #expect(rows.map(\.channel) == [.sms, .email, .sms, .sms, .email, .sms])
        #expect(rows.map(\.cost) == [20_000, 1_000, 20_000, 0, 1_000, 0])
        // The country is that of the number, which an email address has none of.
        #expect(rows.map(\.country) == ["SG", "", "SG", "SG", "", ""])
        #expect(rows[5].reason == "no_address")
    }

    /// An alternate's address has its own say: the number may be fine while the email address has complained.
    @Test func eachChannelIsAskedForItsOwnAddress() async throws {
        let bench = try await ShardBench(
            6, rules: Self.rules, people: Self.people, chain: [.email],
            refusing: { channel, address in
                switch (channel, address) {
                case (.email, "a1@b.example"): "suppressed_complaint"
                case (.sms, "+6591000000"): "suppressed_bounce"
                case (.sms, "+6591000002"): "opted_out"
                default: nil
                }
            }, through: [sms, mail])
        try await bench.work()
        let rows = await bench.rows.filter(\.final).sorted { $0.index < $1.index }
        // A dead number leads on to the email address; who opted out is not chased there.
        #expect(mail.addressOf == [0: "a0@b.example", 4: "a4@b.example"])
        #expect(rows.map(\.state) == [.sent, .failed, .rejected, .failed, .sent, .failed])
        // Refused on the last channel, it ends as the one before left it.
        #expect(rows[1].reason.contains("invalid_recipient") && rows[1].channel == .sms)
        #expect(rows[2].reason == "opted_out")
    }

    @Test func theCheapestPermittedAndReachableChannelIsTaken() async throws {
        let all = ScriptedProvider("sms") { .sent(reference: "s\($0.index)", cost: nil) }
        let bench = try await ShardBench(
            6, rules: Self.rules, prices: [10_000, 15_000], people: Self.people, chain: [.email], isCheapest: true,
            refusing: { channel, address in
                channel == .email && address == "a1@b.example" ? "opted_out" : nil
            }, through: [all, mail])
        try await bench.work()
        // An SMS of two segments costs 0.02, an email 0.015.
        #expect(mail.indexes == [0, 4])
        #expect(all.indexes.sorted() == [1, 2, 3])
        // Nothing follows a cheapest one that was sent.
        try await bench.workToTheEnd()
        #expect(mail.indexes == [0, 4] && all.calls.count == 3)
    }

    @Test func whomTheCheapestRefusesGoesByTheNextCheapest() async throws {
        let refusing = ScriptedProvider("mail") { _ in .permanent(reason: "invalid_recipient") }
        let all = ScriptedProvider("sms") { .sent(reference: "s\($0.index)", cost: nil) }
        let bench = try await ShardBench(
            2, rules: Self.rules, prices: [10_000, 15_000], people: Self.people, chain: [.email], isCheapest: true,
            through: [all, refusing])
        try await bench.work()
        #expect(refusing.indexes == [0, 1] && all.indexes == [0, 1])
        #expect(await bench.allEnded(as: .sent))
    }

    /// Who waits for one channel must not be found at another when the work goes on.
    @Test func whoWaitsOnAChannelGoesOnAtItsAddress() async throws {
        let slow = ScriptedProvider("mail") { call in
            call.attempt < 3 ? .throttled(after: .seconds(5)) : .sent(reference: "m", cost: nil)
        }
        let bench = try await ShardBench(
            2, rules: Self.rules, people: Self.people, chain: [.email], through: [sms, slow])
        try await bench.workToTheEnd()
        #expect(slow.addressOf == [1: "a1@b.example"] && sms.indexes == [0, 1])
        let rows = await bench.rows.filter { $0.index == 1 }
        #expect(rows.map(\.channel) == [.email] && rows.map(\.attempt) == [3])
    }
}
