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
        guard let draft = try await draft(campaign, states: states) else { return nil }
        return (try await campaigns.create(draft, again: again), draft.recipients)
    }

    /// The campaign that a resend would be, for who creates it in a transaction of his own. Nil where there is nobody.
    package func draft(_ campaign: Campaign, states: [MessageState]) async throws -> CampaignDraft? {
        let messages = try await ledger.messages(campaign: campaign.id, states: states)
        return messages.isEmpty ? nil : try await draft(of: campaign, messages, pace: nil)
    }

    /// Sends dead letters of a campaign again, at a pace at which they can't crowd out what is new. What a receipt has
    /// brought back to life meanwhile is left out. Nil where nobody is left.
    package func replay(
        _ messages: [MessageID], of campaign: Campaign, pace: ReplayPace, audit: AuditOrigin? = nil
    ) async throws -> (id: Int64, recipients: Int64)? {
        let dead = Set(messages)
        let left = try await ledger.messages(campaign: campaign.id, states: [.failed, .unknown])
            .filter { dead.contains($0) }
        guard !left.isEmpty else { return nil }
        let draft = try await draft(of: campaign, left, pace: pace)
        return (try await campaigns.create(draft, again: true, deadLetters: left, audit: audit), draft.recipients)
    }

    private func draft(
        of campaign: Campaign, _ messages: [MessageID], pace: ReplayPace?
    ) async throws -> CampaignDraft {
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
            let next = messages[start...].firstIndex { $0.shard != shard } ?? messages.count
            let end = min(next, pace?.endOfTurn(from: start) ?? next)
            let items = messages[start..<end].map { RetryItem(index: $0.index) }
            draft.shards.append(
                ShardDraft(
                    id: 0, count: items.count, body: bodies[shard] ?? shard, items: RetryItem.encode(items),
                    delay: pace?.delay(of: start) ?? .zero))
            start = end
        }
        if let pace { draft.expiry += pace.delay(of: messages.count) }
        return draft
    }
}

/// How fast dead letters go out again: so many at a time, and the next ones a turn later.
package struct ReplayPace: Sendable, Hashable {
    private let perTurn: Int
    private let turn: Duration

    /// `count` in each `time`. A second's worth goes together; slower than one a second, each goes on its own.
    package init(_ count: Int, in time: Duration) {
        let perSecond = Double(max(1, count)) / max(0.001, time.seconds)
        perTurn = max(1, Int(perSecond))
        turn = .seconds(Double(perTurn) / perSecond)
    }

    func endOfTurn(from place: Int) -> Int { (place / perTurn + 1) * perTurn }

    func delay(of place: Int) -> Duration { turn * (place / perTurn) }
}
