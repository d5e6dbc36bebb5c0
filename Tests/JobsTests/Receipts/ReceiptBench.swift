import Domain
import Ingest
import Senders
import Storage
import TestDatabase
import TestSupport

@testable import Jobs

/// Campaigns sent through stored provider accounts, and what these accounts call back.
struct ReceiptBench {
    let bench: WorkerBench
    let providers: ProviderStore
    let callbacks: CallbackStore
    let intake: CallbackIntake
    let pipeline: ReceiptPipeline

    init() async throws {
        bench = try await WorkerBench()
        providers = ProviderStore(database: bench.database, keys: bench.keys)
        callbacks = CallbackStore(database: bench.database, keys: bench.keys)
        intake = CallbackIntake(database: bench.database, keys: bench.keys)
        pipeline = ReceiptPipeline(database: bench.database, keys: bench.keys)
        // Numbers 1 and 2, as the worker bench counts its providers.
        for name in ["alpha", "beta"] {
            try await providers.addProvider(name: name, kind: "sandbox", tenant: nil, settings: "{}")
        }
    }

    /// A finished campaign whose messages were answered as told; their references are `r` and the index.
    func sent(
        _ count: Int, category: Domain.Category = .marketing, costing micros: Int64? = nil,
        answer: (@Sendable (ScriptedProvider.Call) -> Outcome)? = nil
    ) async throws -> Int64 {
        let cost = micros.flatMap { micros in Currency("SGD").map { Money(micros: micros, currency: $0) } }
        let campaign = try await bench.send(count, category: category)
        let provider = ScriptedProvider(
            "alpha", answer: answer ?? { .sent(reference: "c\(campaign)r\($0.index)", cost: cost) })
        try await bench.with(try bench.worker(provider)) { try await bench.finish(campaign) }
        return campaign
    }

    /// A campaign whose messages went by SMS through alpha and, a second of silence later, by voice through beta.
    func sentTwice(_ count: Int) async throws -> Int64 {
        let campaign = try await bench.send(count, category: .otp)
        let alpha = ScriptedProvider("alpha") { .sent(reference: "c\(campaign)r\($0.index)", cost: nil) }
        let beta = ScriptedProvider("beta") { .sent(reference: "c\(campaign)v\($0.index)", cost: nil) }
        var sms = RouteRule(channel: .sms, targets: [RouteRule.Target(provider: 1)])
        sms.alternates = [.voice]
        sms.wait = .seconds(1)
        let voice = RouteRule(channel: .voice, targets: [RouteRule.Target(provider: 2)])
        let worker = try bench.worker(alpha, beta, rules: [sms, voice], prices: [10_000, 70_000])
        try await bench.with(worker) { try await bench.finish(campaign) }
        return campaign
    }

    func message(_ campaign: Int64, _ index: Int) -> MessageID {
        MessageID(shard: MessageID.shard(campaign: campaign, number: 0), index: index)
    }

    /// Has a provider say something, as an import would.
    @discardableResult
    func say(_ status: ReceiptStatus, as provider: String = "alpha", at: Timestamp = .now) async -> Bool {
        await intake.receive(ImportedReceipt.callback(provider: provider, receivedAt: at, status))
    }

    /// Applies all that is due.
    func apply() async throws {
        while try await pipeline.run() ?? 0 > 0 {}
    }

    /// As if so much time had passed for what is parked.
    func pass(_ time: Duration) async throws {
        let micros = time.wholeMicroseconds
        try await bench.database.run { session in
            try session.execute(
                "UPDATE callback SET due_at = due_at - \(micros) * interval '1 microsecond', received_at = received_at - \(micros) * interval '1 microsecond'"
            )
        }
    }

    func state(_ campaign: Int64, _ index: Int) async throws -> MessageState? {
        let rows = try await bench.ledger.trace(message(campaign, index)).filter(\.final)
        return rows.first { row in !rows.contains { $0.was == row.state } }?.state
    }

    func counts() async throws -> [CallbackState: Int64] { try await callbacks.counts() }

    func suppressions(_ index: Int) async throws -> [Suppression] {
        let key = try await PartyStore(database: bench.database, keys: bench.keys).key(of: bench.tenant.id)
        let address = Array(WorkerBench.number(index).utf8)
        return try await bench.policy.suppressions(
            tenant: bench.tenant.id, hash: key.recipients.recipient(.phone, address.span))
    }
}
