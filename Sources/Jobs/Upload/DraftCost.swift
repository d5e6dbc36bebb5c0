import Domain
import Ingest
import Senders
import Storage

/// What a campaign whose recipients are stored is expected to cost, before it starts. A large one is judged by some of its
/// shards, evenly over all, so that a start takes no longer for a million recipients than for a hundred thousand; what
/// that leaves open is said.
package struct DraftCost: Sendable {
    /// By currency, in millionths.
    package private(set) var costs: [String: Int64] = [:]
    /// Of these nobody knows what they cost.
    package private(set) var unpriced: [CampaignReview.Cost] = []
    /// Whether anybody sends by its channels.
    package let hasRoute: Bool
    /// How many recipients were looked at, of how many.
    package private(set) var lookedAt: Int64 = 0
    package let recipients: Int64
    /// Countries of which nobody was among those.
    package private(set) var leftOut: [String] = []

    /// About 100,000 recipients.
    package static let mostShards = 49

    package static func of(
        _ campaign: Campaign, database: Database, keys: KeyRing, contexts: ContextBuilder, mostShards: Int = mostShards
    ) async throws -> DraftCost {
        let parties = PartyStore(database: database, keys: keys)
        guard let template = try await parties.template(id: campaign.template) else {
            throw StorageError.malformed("campaign \(campaign.id) is incomplete")
        }
        let columns = try ColumnsRecord(json: campaign.columns)
        let routing = try await contexts.routing(
            for: RouteQuestion(
                tenant: campaign.tenant, source: campaign.source, channel: campaign.channel,
                category: campaign.category, priority: campaign.priority), further: columns.channels,
            content: VerbatimTemplate.isOne(template.name) ? .raw : .template(template.name))
        let tally = ReviewTally(
            content: try TemplateContent.Source(template), channel: campaign.channel, category: campaign.category,
            further: columns.channels, isCheapest: columns.isCheapest,
            policy: try await contexts.policy(of: campaign.tenant), routing: routing)
        try tally.bind(columns)
        var cost = DraftCost(hasRoute: !routing.reachesNobody, recipients: campaign.recipients)
        let work = WorkStore(database: database)
        let key = try await parties.key(of: campaign.tenant)
        var duplicates: [Int: [UInt8]] = [:]
        for (place, shard) in try await work.sample(campaign: campaign.id, most: mostShards).enumerated() {
            let codec = ShardCodec(key: key, campaign: ShardCodec.campaign(of: shard.id))
            let sealed = try await work.body(shard: shard.id)
            let body = try ShardBody(codec.open(sealed, shard: shard.id, kind: .recipients))
            tally.look(at: body, shard: place)
            duplicates[place] = shard.skip
            cost.lookedAt += Int64(shard.count - (shard.skip?.markCount ?? 0))
        }
        cost.take(try await tally.counts(duplicates: duplicates), columns.regions[campaign.channel.addressField] ?? [])
        return cost
    }

    private init(hasRoute: Bool, recipients: Int64) {
        self.hasRoute = hasRoute
        self.recipients = recipients
    }

    private mutating func take(_ counts: ReviewTally.Counts, _ countries: Set<Region>) {
        for cost in counts.costs { costs[cost.currency, default: 0] += cost.micros }
        unpriced = counts.unpriced
        guard lookedAt < recipients, lookedAt > 0 else { return }
        let seen = Set((counts.costs + counts.unpriced).map(\.country))
        leftOut = countries.map(\.code).filter { !seen.contains($0) }.sorted()
        costs = costs.mapValues(forAll)
        for place in unpriced.indices { unpriced[place].messages = Int(forAll(Int64(unpriced[place].messages))) }
    }

    /// What some come to, for all of them.
    private func forAll(_ some: Int64) -> Int64 {
        Int64(clamping: Int128(some) * Int128(recipients) / Int128(lookedAt))
    }
}
