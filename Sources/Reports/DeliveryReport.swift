import Domain
import Storage

/// What became of the messages that were handed over in a period, as far as receipts have told by now: so a later run
/// of the same period knows more.
package struct DeliveryReport: Sendable {
    /// Those that a provider was asked for. What was never handed over is in the report of exceptions.
    private static let states: [MessageState] = [
        .delivered, .sent, .undelivered, .bounced, .complained, .failed, .unknown,
    ]

    package let tables: [ReportTable]

    package init(_ rows: [DeliveryRow]) {
        var main = Self.empty("", "Delivery", ["tenant", "source", "channel", "category", "provider", "country"])
        var breakdowns: [(table: ReportTable, key: (DeliveryRow.Key) -> String, sums: [String: Sum])] = [
            (Self.empty("tenant", "By tenant", ["tenant"]), { $0.tenant }, [:]),
            (Self.empty("channel", "By channel", ["channel"]), { $0.channel.rawValue }, [:]),
            (Self.empty("provider", "By provider", ["provider"]), { $0.provider }, [:]),
            (Self.empty("country", "By country", ["country"]), { $0.country }, [:]),
        ]
        for row in rows {
            guard Self.states.contains(where: { row.states[$0, default: 0] != 0 }) else { continue }
            let key = row.key
            main.rows.append(
                [
                    .text(key.tenant), .text(key.source), .text(key.channel.rawValue), .text(key.category.rawValue),
                    .text(key.provider), .text(key.country),
                ] + Sum(row).cells)
            for place in breakdowns.indices {
                breakdowns[place].sums[breakdowns[place].key(key), default: Sum()].add(Sum(row))
            }
        }
        main.sort()
        tables =
            [main]
            + breakdowns.map { breakdown in
                var table = breakdown.table
                table.rows = breakdown.sums.map { [.text($0.key)] + $0.value.cells }
                table.sort()
                return table
            }
    }

    private static func empty(_ name: String, _ title: String, _ keys: [String]) -> ReportTable {
        ReportTable(
            name: name, title: title,
            columns: keys + ["messages"] + states.map(\.word) + [
                "delivered_rate", "failed_rate", "p50_seconds", "p90_seconds", "p99_seconds",
            ], keys: keys.count)
    }

    private struct Sum {
        var states: [MessageState: Int64] = [:]
        var latencies: [Int: Int64] = [:]

        init() {}

        init(_ row: DeliveryRow) {
            states = row.states.filter { DeliveryReport.states.contains($0.key) }
            latencies = row.latencies
        }

        mutating func add(_ other: Sum) {
            states.merge(other.states, uniquingKeysWith: +)
            latencies.merge(other.latencies, uniquingKeysWith: +)
        }

        var cells: [ReportTable.Cell] {
            let messages = states.values.reduce(0, +)
            let lost = [MessageState.undelivered, .bounced, .failed].reduce(0) { $0 + (states[$1] ?? 0) }
            return [.count(messages)] + DeliveryReport.states.map { .count(states[$0] ?? 0) }
                + [.share(states[.delivered] ?? 0, of: messages), .share(lost, of: messages)]
                + [0.5, 0.9, 0.99].map { share in
                    ReceiptLatency.percentile(share, of: latencies).map { .milliseconds($0) } ?? .empty
                }
        }
    }
}
