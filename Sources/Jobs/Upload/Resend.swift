import Domain
import Storage

/// Makes a campaign of those recipients of another one that ended in given states. They are new messages
/// with numbers of their own: opt-outs, suppressions and the deny list are looked at anew.
package struct Resend: Sendable {
    private let campaigns: CampaignStore
    private let ledger: LedgerStore

    package init(campaigns: CampaignStore, ledger: LedgerStore) {
        self.campaigns = campaigns
        self.ledger = ledger
    }

    /// Nil where there is nobody.
    package func run(_ campaign: Campaign, states: [MessageState], again: Bool = false) async throws -> (
        id: Int64, recipients: Int64
    )? {
        let messages = try await ledger.messages(campaign: campaign.id, states: states)
        guard !messages.isEmpty else { return nil }
        let bodies = try await campaigns.bodies(campaign: campaign.id)
        var draft = CampaignDraft(
            tenant: campaign.tenant, source: campaign.source, template: campaign.template, name: campaign.name,
            channel: campaign.channel, category: campaign.category)
        draft.priority = campaign.priority
        draft.columns = campaign.columns
        draft.dedupe = campaign.dedupe
        draft.resendOf = campaign.id
        draft.recipients = Int64(messages.count)
        // Messages come in their order, so a shard's stand together.
        var start = 0
        while start < messages.count {
            let shard = messages[start].shard
            let end = messages[start...].firstIndex { $0.shard != shard } ?? messages.count
            let items = messages[start..<end].map { RetryItem(index: $0.index) }
            draft.shards.append(
                ShardDraft(id: 0, count: items.count, body: bodies[shard] ?? shard, items: RetryItem.encode(items)))
            start = end
        }
        return (try await campaigns.create(draft, again: again), draft.recipients)
    }
}
