import Domain
import Storage

/// Rows of the ledger as people and machines read them.
enum LedgerText {
    static func show(_ entries: [LedgerEntry], on screen: Screen) {
        screen.table(
            [
                "MESSAGE", "AT", "CAMPAIGN", "CHANNEL", "TO", "PROVIDER", "TRY", "STATE", "REASON", "SEGMENTS", "COST",
                "REFERENCE",
            ],
            entries.map { entry in
                [
                    String(entry.message.rawValue), entry.at.description, "\(entry.campaign) \(entry.campaignName)",
                    entry.channel.rawValue, entry.recipient, entry.provider, String(entry.attempt),
                    entry.state.word + (entry.final ? "" : " (not final)"), entry.reason, String(entry.segments),
                    amount(entry.cost, entry.currency), entry.reference,
                ]
            }, rightAligned: [0, 6, 9, 10])
    }

    static func json(_ entry: LedgerEntry) -> JSON {
        [
            "message": .int(entry.message.rawValue), "at": .string(entry.at.description),
            "tenant": .string(entry.tenantName),
            "campaign": .int(entry.campaign), "campaign_name": .string(entry.campaignName),
            "channel": .string(entry.channel.rawValue), "recipient": .string(entry.recipient),
            "provider": .string(entry.provider), "attempt": .int(Int64(entry.attempt)),
            "state": .string(entry.state.word),
            "final": .bool(entry.final), "reason": .string(entry.reason), "segments": .int(Int64(entry.segments)),
            "source": .string(entry.source), "category": .string(entry.category.rawValue),
            "corrects": entry.was.map { .string($0.word) } ?? .null,
            "country": .string(entry.country), "cost": .string(PriceText.decimal(entry.cost)),
            "currency": .string(entry.currency), "reference": .string(entry.reference),
        ]
    }
}
