import Domain
import Senders
import Storage
import TestDatabase
import Testing

@testable import Jobs

/// Receipts about messages that went by two channels.
@Suite(.database) struct AlternateReceiptTests {
    @Test func aDeliveryCountsForTheChannelThatDelivered() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sentTwice(4)
        #expect(try await bench.bench.states(of: campaign) == [.sent: 4])
        #expect(try await bench.bench.ledger.verify().isSound)

        await bench.say(ReceiptStatus(references: ["c\(campaign)r0"], state: .delivered), as: "alpha")
        await bench.say(ReceiptStatus(references: ["c\(campaign)v1"], state: .delivered), as: "beta")
        await bench.say(ReceiptStatus(references: ["c\(campaign)r2"], state: .undelivered), as: "alpha")
        await bench.say(ReceiptStatus(references: ["c\(campaign)v2"], state: .delivered), as: "beta")
        try await bench.apply()
        // Late and about the other channel: nothing goes backwards.
        await bench.say(ReceiptStatus(references: ["c\(campaign)r1"], state: .undelivered), as: "alpha")
        await bench.say(ReceiptStatus(references: ["c\(campaign)v0"], state: .undelivered), as: "beta")
        await bench.say(ReceiptStatus(references: ["c\(campaign)v3"], state: .undelivered), as: "beta")
        try await bench.apply()

        #expect(try await bench.bench.states(of: campaign) == [.delivered: 3, .sent: 1])
        let proof = try await bench.bench.ledger.verify()
        #expect(proof.isSound && proof.messages == 4 && proof.cost == ["SGD": 320_000], "\(proof)")
        let usage = try await UsageStore(database: bench.bench.database).usage(
            from: Timestamp.now - .seconds(7200), to: Timestamp.now + .seconds(7200))
        func count(_ channel: Channel, _ state: MessageState) -> Int64 {
            usage.filter { $0.channel == channel }.reduce(0) { $0 + ($1.states[state] ?? 0) }
        }
        #expect(count(.sms, .delivered) == 1 && count(.sms, .sent) == 1)
        #expect(count(.voice, .delivered) == 2 && count(.voice, .sent) == 0)
        #expect(usage.filter { $0.channel == .voice }.reduce(0) { $0 + $1.cost } == 280_000)
        let results = try await bench.bench.ledger.results(
            campaign: campaign, from: bench.message(campaign, 0), to: bench.message(campaign, 4))
        #expect(results.map(\.state) == [.delivered, .delivered, .delivered, .sent])
        #expect(results.map(\.channel) == [.sms, .voice, .voice, .sms])
        #expect(results.map(\.cost) == [80_000, 80_000, 80_000, 80_000])
        _ = try await bench.bench.ledger.compactRollups()
        #expect(try await bench.bench.ledger.verify().isSound)
    }

    /// The wait survives whoever began it, and a receipt in between ends it.
    @Test func theWaitSurvivesARestartAndADeliveryEndsIt() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.bench.send(3, category: .otp)
        var sms = RouteRule(channel: .sms, targets: [RouteRule.Target(provider: 1)])
        sms.alternates = [.voice]
        sms.wait = .seconds(500)
        let rules = [sms, RouteRule(channel: .voice, targets: [RouteRule.Target(provider: 2)])]
        let alpha = ScriptedProvider("alpha") { .sent(reference: "c\(campaign)r\($0.index)", cost: nil) }
        let beta = ScriptedProvider("beta") { .sent(reference: "c\(campaign)v\($0.index)", cost: nil) }
        try await bench.bench.with(try bench.bench.worker(alpha, beta, rules: rules)) {
            try await bench.bench.eventually { try await bench.bench.states(of: campaign) == [.sent: 3] }
        }
        #expect(try await bench.bench.campaigns.campaign(campaign)?.state == .running)
        await bench.say(ReceiptStatus(references: ["c\(campaign)r1"], state: .delivered), as: "alpha")
        try await bench.apply()
        try await bench.bench.database.run { session in
            try session.execute(
                "UPDATE shard SET due_at = now() WHERE campaign = $1 AND state = 'ready'", [.int(campaign)])
        }
        try await bench.bench.with(try bench.bench.worker(alpha, beta, rules: rules)) {
            try await bench.bench.finish(campaign)
        }
        #expect(alpha.calls.count == 3 && beta.indexes.sorted() == [0, 2])
        #expect(try await bench.bench.states(of: campaign) == [.sent: 2, .delivered: 1])
        #expect(try await bench.bench.ledger.verify().isSound)
    }
}
