import Domain

/// One ledger row as it is read back, its address unsealed.
package struct LedgerEntry: Sendable, Hashable {
    package let message: MessageID
    package let at: Timestamp
    package let campaign: Int64
    package let campaignName: String
    package let category: Category
    package let source: String
    package let tenant: Int64
    package let tenantName: String
    package let channel: Channel
    package let provider: String
    package let attempt: Int16
    package internal(set) var segments: Int32
    package let state: MessageState
    package let final: Bool
    /// The state that this row corrects.
    package let was: MessageState?
    /// It says of an earlier row what became known later: a state, or only a cost.
    package let isCorrection: Bool
    package let country: String
    package internal(set) var cost: Int64
    package internal(set) var currency: String
    package let reason: String
    package let reference: String
    package let recipient: String
}

extension LedgerEntry {
    init(_ row: FoundRow, recipient: String, campaign: LedgerNames.CampaignNames, provider: String) {
        message = row.message
        at = row.at
        self.campaign = row.campaign
        campaignName = campaign.name
        category = campaign.category
        source = campaign.source
        tenant = row.tenant
        tenantName = campaign.tenant
        channel = row.channel
        self.provider = provider
        attempt = row.attempt
        segments = row.segments
        state = row.state
        final = row.final
        was = MessageState(rawValue: row.was)
        isCorrection = row.was != 0
        country = row.country
        cost = row.cost
        currency = row.currency
        reason = row.reason
        reference = row.reference
        self.recipient = recipient
    }

    /// What one message ended as: the state that no other row corrects, with the segments and cost of all of them.
    static func folded(_ rows: ArraySlice<LedgerEntry>) -> LedgerEntry? {
        let ends = rows.filter(\.final)
        guard var end = ends.first(where: { end in !rows.contains { $0.was == end.state } }) else { return nil }
        guard rows.count > 1 else { return end }
        end.segments = rows.map(\.segments).max() ?? end.segments
        let costs = Dictionary(grouping: rows, by: \.currency).mapValues { $0.reduce(0) { $0 + $1.cost } }
        if let (currency, cost) = costs.filter({ $0.value != 0 }).min(by: { $0.key < $1.key }) {
            end.currency = currency
            end.cost = cost
        }
        return end
    }
}
