import Domain
import Storage

/// What was not sent and why, what is in doubt, and what was given up: for whoever has to look after it.
package struct ExceptionsReport: Sendable {
    package let tables: [ReportTable]

    package init(_ rows: [ReasonRow]) {
        var main = ReportTable(
            title: "Exceptions",
            columns: [
                "tenant", "source", "campaign_id", "campaign", "channel", "provider", "kind", "reason", "messages",
            ],
            keys: 8)
        var byReason: [[String]: Int64] = [:]
        for row in rows {
            main.rows.append([
                .text(row.tenant), .text(row.source), .number(row.campaign), .text(row.campaignName),
                .text(row.channel.rawValue), .text(row.provider), .text(row.kind), .text(row.reason),
                .count(row.messages),
            ])
            byReason[[row.kind, row.reason], default: 0] += row.messages
        }
        main.sort()
        var reasons = ReportTable(
            name: "reason", title: "By reason", columns: ["kind", "reason", "messages"], keys: 2,
            rows: byReason.map { [.text($0.key[0]), .text($0.key[1]), .count($0.value)] })
        reasons.sort()
        tables = [main, reasons]
    }
}
