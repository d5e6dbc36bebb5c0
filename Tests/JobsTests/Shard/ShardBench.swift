import Domain
import Ingest
import Senders
import Storage
import Synchronization
import TestSupport

@testable import Jobs

/// One shard on a queue in memory, sent through scripted providers on a clock that stands still until it is moved.
struct ShardBench {
    static let campaign: Int64 = 7
    static let shard = MessageID.shard(campaign: campaign, number: 0)

    let clock = ManualClock()
    let queue: MemoryQueue
    private(set) var lease: Lease
    private let body: ShardBody
    private let context: CampaignContext
    private let count: Int
    /// What the jobs ask, one for each provider.
    var gates: [ProviderGate] { context.providers.map(\.gate) }

    /// Whom a file gives two addresses, or one of them.
    struct Person {
        var phone = ""
        var email = ""
    }

    /// `dead` recipients were on their way when an earlier worker died; `crashes` workers died before it moved on.
    init(
        _ count: Int, category: Domain.Category = .marketing, dead: Int = 0, crashes: Int = 0,
        lifetime: Duration = .seconds(3600), limits: LimitSettings = .unguarded, rules: [RouteRule] = [],
        prices: [Int64] = [], people: [Person] = [], chain: [Channel] = [], isCheapest: Bool = false,
        refusing: @escaping @Sendable (Channel, String) -> String? = { _, _ in nil },
        through providers: [ScriptedProvider]
    ) async throws {
        let clock = clock
        self.count = count
        queue = MemoryQueue(now: { clock.now() })
        lease = Self.validLease()
        var writer = ShardBodyWriter(further: people.isEmpty ? [] : [.email])
        for index in 0..<count {
            let person = index < people.count ? people[index] : Person(phone: "+65\(91_000_000 + index)")
            var email = FurtherAddress()
            email.bytes = Array(person.email.utf8)
            email.hash = RecipientHash(high: UInt64(index), low: 2)
            writer.begin(
                line: index + 2, address: Array(person.phone.utf8),
                region: person.phone.isEmpty ? .none : Region("SG") ?? .none,
                hash: RecipientHash(high: UInt64(index), low: 1), further: [email])
        }
        body = try ShardBody(writer.body(columns: 0))
        let steps = providers.enumerated().map {
            ProviderStep(
                id: Int64($0.offset + 1), provider: $0.element,
                prices: Self.prices($0.offset < prices.count ? prices[$0.offset] : nil),
                gate: ProviderGate(provider: Int64($0.offset + 1), settings: limits),
                window: ProviderWindow(first: 2000))
        }
        context = CampaignContext(
            campaign: Self.campaign, tenant: 1, channel: .sms, category: category, expiresAt: clock.now() + lifetime,
            chain: chain, isCheapest: isCheapest, key: TenantKey(secret: [UInt8](repeating: 3, count: 32)),
            content: OneText(), policy: ScriptedPolicy(refusal: refusing),
            providers: steps, routing: rules.isEmpty ? nil : Self.routing(rules, steps, category))
        await queue.add(
            ClaimedShard(
                id: Self.shard, campaign: Self.campaign, tenant: 1, token: 0, body: Self.shard, ids: Self.shard,
                count: count, opened: dead, crashes: crashes), due: clock.now())
    }

    /// So many millionths for every address.
    static func prices(_ micros: Int64?) -> PriceTable {
        var table = PriceTable()
        if let micros, let currency = Currency("SGD") {
            table.set(prefix: "", to: PriceTable.Rate(micros: micros, currency: currency))
        }
        return table
    }

    static func routing(
        _ rules: [RouteRule], _ steps: [ProviderStep], _ category: Domain.Category
    ) -> CampaignRouting {
        let table = RouteTable(
            rules: rules,
            providers: steps.map {
                RouteProvider(id: $0.id, name: $0.provider.name, access: ProviderAccess(owner: nil))
            })
        func routing(_ channel: Channel, _ alternates: [Channel: CampaignRouting]) -> CampaignRouting {
            let scope = table.scope(
                tenant: 1, source: nil, channel: channel, category: category, priority: category.defaultPriority)
            let reachable = scope.reachable.map { id in (id, steps[Int(id) - 1]) }
            return CampaignRouting(
                scope: scope, reachable: Dictionary(uniqueKeysWithValues: reachable), alternates: alternates)
        }
        let others: [Channel] = [.voice, .email, .whatsapp]
        return routing(.sms, Dictionary(uniqueKeysWithValues: others.map { ($0, routing($0, [:])) }))
    }

    /// As after a new registration: the old lease never comes back.
    mutating func registerAgain() { lease = Self.validLease() }

    private static func validLease() -> Lease {
        let lease = Lease()
        lease.renew(sent: .now, length: .seconds(3600))
        return lease
    }

    /// Works on what is due until nothing is; says how each shard ended.
    @discardableResult
    func work(windows size: Int = 500) async throws -> [ShardJob.End] {
        var ends: [ShardJob.End] = []
        while let shard = try await queue.claim(worker: 1, lane: .bulk, limit: 1).first {
            let clock = clock
            var job = ShardJob(
                shard, body: body, context: context, parts: OpenParts(slice: LedgerSlice(number: 1, salt: [1])),
                surroundings: ShardJob.Surroundings(
                    queue: queue, lease: lease, windowLimit: size, slots: SlotCount(given: 1),
                    isDraining: { false }, now: { clock.now() }))
            let end = try await job.run()
            ends.append(end)
            // What was given back is ready at once, and would be taken again for ever.
            if end == .givenBack { break }
        }
        return ends
    }

    /// Lets time pass until nothing waits any more.
    func workToTheEnd() async throws {
        for _ in 0..<200 {
            try await work()
            clock.pass(.seconds(30))
        }
    }

    var rows: [StoredRow] {
        get async { await queue.stored.flatMap { StoredRow.rows(of: $0) } }
    }

    func states() async -> [Int: [MessageState]] {
        Dictionary(grouping: await rows.filter(\.final), by: \.index).mapValues { $0.map(\.state) }
    }

    /// Whether each recipient has exactly one final state, and this one.
    func allEnded(as state: MessageState) async -> Bool {
        let states = await states()
        return states.count == count && states.values.allSatisfy { $0 == [state] }
    }
}

extension LimitSettings {
    /// For what is about the route: no provider is taken out.
    static var unguarded: LimitSettings {
        var settings = LimitSettings()
        settings.breaker = nil
        return settings
    }
}

/// Two segments as an SMS.
private struct OneText: MessageRenderer {
    func render(
        _ recipient: Int, of body: borrowing ShardBody, for channel: Channel, into bytes: inout [UInt8]
    ) throws(ContentError) -> RenderedParts {
        bytes.append(0x21)
        var parts = RenderedParts()
        parts.segments = channel == .sms ? 2 : 1
        return parts
    }
}

private struct ScriptedPolicy: RecipientPolicy {
    let refusal: @Sendable (Channel, String) -> String?
    var horizon: Int64 { 0 }
    func refresh(with grant: WindowGrant) {}
    func refusals(
        of recipients: [PolicyQuestion], ahead: () -> [PolicyQuestion], addresses: [UInt8], channel: Channel,
        category: Domain.Category
    ) -> [String?] {
        recipients.map { refusal(channel, String(decoding: addresses[$0.address.range], as: UTF8.self)) }
    }
}
