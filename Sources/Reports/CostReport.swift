import Domain
import Storage

/// Volume and cost as finance reads them: a table of one row for each combination of tenant, source, campaign, channel,
/// provider, country and currency. The same usage gives the same bytes, so a report can be made again at any time.
package struct CostReport: Sendable {
    /// What one currency's rows add up to.
    package struct Total: Sendable, Hashable {
        package let currency: String
        package var messages: Int64 = 0
        package var attempts: Int64 = 0
        package var segments: Int64 = 0
        package var cost: Int64 = 0
    }

    /// The states with a column each, from the best outcome to the worst.
    private static let states: [MessageState] = [
        .delivered, .sent, .undelivered, .bounced, .complained, .failed, .unknown, .rejected, .expired, .cancelled,
    ]

    package let rows: [UsageRow]

    package init(_ usage: [UsageRow]) {
        // The database's collation is not ours to choose: bytes are the same everywhere.
        rows = usage.sorted { Self.key($0).lexicographicallyPrecedes(Self.key($1)) { $0.isLess(than: $1) } }
    }

    package var csv: [UInt8] {
        var table = CSVTable()
        for name in [
            "tenant", "source", "campaign_id", "campaign", "channel", "category", "provider", "country", "currency",
            "messages",
        ] {
            table.text(name)
        }
        for state in Self.states { table.text(state.word) }
        for name in ["attempts", "segments", "cost"] { table.text(name) }
        table.endLine()
        for row in rows {
            table.text(row.tenant)
            table.text(row.source)
            table.number(row.campaign)
            table.text(row.campaignName)
            table.text(row.channel.rawValue)
            table.text(row.category.rawValue)
            table.text(row.provider)
            table.text(row.country)
            table.text(row.currency)
            table.number(row.messages)
            for state in Self.states { table.number(row.states[state] ?? 0) }
            table.number(row.attempts)
            table.number(row.segments)
            table.number(PriceText.decimal(row.cost))
            table.endLine()
        }
        return table.bytes
    }

    /// By currency; what cost nothing has none.
    package var totals: [Total] {
        var totals: [String: Total] = [:]
        for row in rows {
            var total = totals[row.currency] ?? Total(currency: row.currency)
            total.messages += row.messages
            total.attempts += row.attempts
            total.segments += row.segments
            total.cost += row.cost
            totals[row.currency] = total
        }
        return totals.values.sorted { $0.currency < $1.currency }
    }

    private enum Part {
        case text(String)
        case number(Int64)

        func isLess(than other: Part) -> Bool {
            switch (self, other) {
            case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
            case (.number(let a), .number(let b)): a < b
            default: false
            }
        }
    }

    private static func key(_ row: UsageRow) -> [Part] {
        [
            .text(row.tenant), .text(row.source), .number(row.campaign), .text(row.channel.rawValue),
            .text(row.provider),
            .text(row.country), .text(row.currency),
        ]
    }
}
