import Domain
import Senders
import Storage
import TestDatabase
import Testing

@testable import Jobs

/// Whom receipts and replies keep from being sent to.
@Suite(.database) struct ReceiptEffectsTests {
    @Test func hardBouncesComplaintsAndDeadTokensSuppress() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(4)
        await bench.say(ReceiptStatus(references: ["c\(campaign)r0"], state: .bouncedHard))
        await bench.say(ReceiptStatus(references: ["c\(campaign)r1"], state: .complained))
        await bench.say(ReceiptStatus(references: ["c\(campaign)r2"], state: .failed, reason: "unregistered (fcm 404)"))
        await bench.say(ReceiptStatus(references: ["c\(campaign)r3"], state: .failed, reason: "route_refused (x 1)"))
        try await bench.apply()
        #expect(try await bench.suppressions(0).map(\.reason) == [.bounce])
        #expect(try await bench.suppressions(0).map(\.origin) == ["receipt alpha"])
        #expect(try await bench.suppressions(0).map(\.channel) == [.sms])
        #expect(try await bench.suppressions(1).map(\.reason) == [.complaint])
        #expect(try await bench.suppressions(2).map(\.reason) == [.bounce])
        #expect(try await bench.suppressions(3).isEmpty)
        // The next campaign leaves them out.
        let next = try await bench.sent(4)
        #expect(try await bench.bench.states(of: next) == [.sent: 1, .rejected: 3])
    }

    @Test func aTokenThatAProviderRefusesAsDeadIsNotSentToAgain() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(3) {
            $0.index == 1 ? .permanent(reason: "unregistered (fcm 404)") : .sent(reference: "\($0.index)", cost: nil)
        }
        #expect(try await bench.bench.states(of: campaign) == [.sent: 2, .failed: 1])
        #expect(try await bench.suppressions(1).map(\.reason) == [.bounce])
        #expect(try await bench.suppressions(1).map(\.origin) == ["provider"])
        let next = try await bench.sent(3)
        #expect(try await bench.bench.states(of: next) == [.sent: 2, .rejected: 1])
    }

    /// Tokens of another app, or of the other environment: the list must not be lost over that.
    @Test func whereTooManyTokensAreRefusedAsDeadNoneIsStruckOff() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(120) {
            $0.index < 60 ? .permanent(reason: "unregistered (apns 400)") : .sent(reference: "\($0.index)", cost: nil)
        }
        #expect(try await bench.bench.states(of: campaign) == [.sent: 60, .failed: 60])
        for index in [0, 30, 59] { #expect(try await bench.suppressions(index).isEmpty) }
        let answers = try await bench.bench.ledger.recentAnswers(deadReason: ProviderReason.unregistered)
        #expect(answers.map(\.answers) == [120] && answers.map(\.dead) == [60])
    }

    @Test func theFifthSoftBounceInAWeekSuppresses() async throws {
        let bench = try await ReceiptBench()
        for count in 1...5 {
            let campaign = try await bench.sent(1)
            let status = ReceiptStatus(references: ["c\(campaign)r0"], state: .bouncedSoft)
            await bench.say(status)
            try await bench.apply()
            // The same message counts once, however often it is told.
            await bench.say(ReceiptStatus(references: ["c\(campaign)r0"], state: .bouncedSoft, reason: "again"))
            try await bench.apply()
            #expect(try await bench.state(campaign, 0) == .undelivered)
            #expect(try await bench.suppressions(0).isEmpty == (count < 5))
        }
        #expect(try await bench.suppressions(0).map(\.reason) == [.bounce])
    }

    @Test func aRepliedStopOptsOutAndAStartTakesBackNothingElse() async throws {
        let bench = try await ReceiptBench()
        let number = WorkerBench.number(0)
        try await bench.bench.optOut(1)
        try await bench.reply("STOP it", from: number)
        #expect(try await bench.suppressions(0).isEmpty)
        try await bench.reply("Stop!", from: String(number.dropFirst()))
        #expect(try await bench.suppressions(0).map(\.origin) == ["reply alpha"])
        #expect(try await bench.suppressions(0).map(\.reason) == [.optout])
        let campaign = try await bench.sent(2)
        #expect(try await bench.bench.states(of: campaign) == [.rejected: 2])
        try await bench.reply("START", from: number)
        try await bench.reply("START", from: WorkerBench.number(1))
        #expect(try await bench.suppressions(0).isEmpty)
        #expect(try await bench.suppressions(1).count == 1)
        let next = try await bench.sent(2)
        #expect(try await bench.bench.states(of: next) == [.sent: 1, .rejected: 1])
    }

    @Test func whatOnceAppliedIsNotAppliedAgainByALaterLook() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(1)
        let pipeline = bench.pipeline(reading: [
            .status(ReceiptStatus(references: ["c\(campaign)r0"], state: .unsubscribed)),
            .status(ReceiptStatus(references: ["not yet"], state: .delivered)),
        ])
        #expect(await bench.intake.receive(ReceiptBench.scripted("both")))
        #expect(try await pipeline.run() == 1)
        #expect(try await bench.counts() == [.parked: 1])
        #expect(try await bench.suppressions(0).count == 1)
        try await bench.liftOptOut(0)
        try await bench.pass(.seconds(3600))
        #expect(try await pipeline.run() == 1)
        #expect(try await bench.counts() == [.parked: 1])
        #expect(try await bench.suppressions(0).isEmpty)
    }

    /// Whoever owns the account or the sender is meant; what nobody owns is everybody's who may use it.
    @Test(arguments: [
        (owner: 0, granted: 0, sender: 0, reaches: true), (owner: 1, granted: 0, sender: 0, reaches: true),
        (owner: 2, granted: 0, sender: 0, reaches: false), (owner: 0, granted: 1, sender: 0, reaches: true),
        (owner: 0, granted: 2, sender: 0, reaches: false), (owner: 2, granted: 1, sender: 0, reaches: true),
        (owner: 0, granted: 0, sender: 1, reaches: true), (owner: 0, granted: 0, sender: 2, reaches: false),
    ])
    func aReplySpeaksToThoseWhoUseTheSender(owner: Int64, granted: Int64, sender: Int64, reaches: Bool) async throws {
        let bench = try await ReceiptBench()
        #expect(bench.bench.tenant.id == 1)
        #expect(try await bench.addTenant("other") == 2)
        try await bench.providers.addProvider(
            name: "own", kind: "sandbox", tenant: owner == 0 ? nil : owner, settings: "{}")
        try await bench.bench.database.run { session in
            if granted > 0 { try session.execute("INSERT INTO provider_grant VALUES (3, \(granted))") }
            if sender > 0 {
                try session.execute(
                    "INSERT INTO sender (tenant, channel, value) VALUES (\(sender), 1, 'Herald'), (2, 2, 'else')")
            }
        }
        try await bench.reply("STOP", from: WorkerBench.number(0), to: "own")
        #expect(try await bench.suppressions(0).isEmpty == !reaches)
    }
}

extension ReceiptBench {
    /// A callback that the scripted reader reads.
    fileprivate static func scripted(_ body: String, to provider: String = "alpha") -> ProviderCallback {
        ProviderCallback(
            provider: provider, receivedAt: .now, kind: "scripted", contentType: "", body: Array(body.utf8))
    }

    fileprivate func pipeline(reading events: [ReceiptEvent]) -> ReceiptPipeline {
        ReceiptPipeline(
            database: bench.database, keys: bench.keys, readers: ReceiptReaders(own: ["scripted": { _ in events }]))
    }

    fileprivate func reply(_ text: String, from: String, to provider: String = "alpha") async throws {
        let pipeline = pipeline(reading: [.reply(InboundReply(from: from, to: "HERALD", text: text))])
        #expect(await intake.receive(Self.scripted("\(from) \(text)", to: provider)))
        #expect(try await pipeline.run() == 1)
    }

    fileprivate func liftOptOut(_ index: Int) async throws {
        let address = Array(WorkerBench.number(index).utf8)
        let key = try await PartyStore(database: bench.database, keys: bench.keys).key(of: bench.tenant.id)
        #expect(
            try await bench.policy.lift(
                tenant: bench.tenant.id, hash: key.recipients.recipient(.phone, address.span), channel: nil,
                reason: .optout))
    }

    fileprivate func addTenant(_ name: String) async throws -> Int64 {
        try await PartyStore(database: bench.database, keys: bench.keys).addTenant(
            name: name, tier: .paid, region: .none, timeZone: "UTC"
        ).id
    }
}
