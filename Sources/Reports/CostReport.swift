import Domain
import Storage

/// What was sent by a provider without a price: named, because its cost is not zero but unknown.
package struct MissingPrice: Sendable, Hashable {
    package let provider: String
    package let channel: Channel
    package let country: String
    package var attempts: Int64
}

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
        package var unpriced: Int64 = 0
        /// In the report's own currency, if it has one.
        package var converted: Int64 = 0

        /// What no price is known for costs something, and nobody knows how much.
        package var isUnknown: Bool { currency.isEmpty && unpriced > 0 && cost == 0 }
    }

    /// The states with a column each, from the best outcome to the worst.
    static let states: [MessageState] = [
        .delivered, .sent, .undelivered, .bounced, .complained, .failed, .unknown, .rejected, .expired, .cancelled,
    ]

    package let tables: [ReportTable]
    /// By currency; what cost nothing has none.
    package let totals: [Total]
    package let missing: [MissingPrice]

    package init(_ usage: [UsageRow], conversion: Conversion? = nil) throws(ReportError) {
        var main = ReportTable(
            title: "Cost",
            columns: [
                "tenant", "source", "cost_centre", "campaign_id", "campaign", "channel", "category", "provider",
                "country", "currency", "messages",
            ] + Self.states.map(\.word) + ["attempts", "segments", "unit_price", "amount", "unpriced"]
                + (conversion.map { ["amount_\($0.currency.code.lowercased())"] } ?? []), keys: 10)
        var totals: [String: Total] = [:]
        var missing: [MissingKey: MissingPrice] = [:]
        var breakdowns = Breakdown.all
        for row in usage {
            let converted = try conversion?.convert(row.cost, from: row.currency) ?? 0
            main.rows.append(Self.cells(row, converted: conversion == nil ? nil : converted))
            totals[row.currency, default: Total(currency: row.currency)].add(row, converted)
            for place in breakdowns.indices { breakdowns[place].add(row, converted) }
            guard row.unpriced > 0 else { continue }
            missing[
                MissingKey(provider: row.provider, channel: row.channel.rawValue, country: row.country),
                default: MissingPrice(
                    provider: row.provider, channel: row.channel, country: row.country, attempts: 0)
            ].add(row)
        }
        main.sort()
        self.totals = totals.values.sorted { $0.currency < $1.currency }
        self.missing = missing.sorted { $0.key < $1.key }.map(\.value)
        let currency = conversion?.currency
        tables =
            [main, Breakdown.table("totals", "Totals", "", [("", self.totals)], currency)]
            + breakdowns.map { $0.table(currency) } + [Self.table(of: self.missing)]
    }

    private static func cells(_ row: UsageRow, converted: Int64?) -> [ReportTable.Cell] {
        // What no price is known for costs something, and nobody knows how much.
        let isUnknown = row.currency.isEmpty && row.unpriced > 0 && row.cost == 0
        var cells: [ReportTable.Cell] = [
            .text(row.tenant), .text(row.source), .text(row.costCentre), .number(row.campaign), .text(row.campaignName),
            .text(row.channel.rawValue), .text(row.category.rawValue), .text(row.provider), .text(row.country),
            .text(row.currency), .count(row.messages),
        ]
        cells += states.map { .count(row.states[$0] ?? 0) }
        cells += [
            .count(row.attempts), .count(row.segments),
            row.segments > 0 && row.cost != 0 ? .money(rounded(row.cost, by: row.segments)) : .empty,
            isUnknown ? .empty : .money(row.cost), .count(row.unpriced),
        ]
        if let converted { cells.append(isUnknown ? .empty : .money(converted)) }
        return cells
    }

    private static func rounded(_ cost: Int64, by segments: Int64) -> Int64 {
        let (quotient, remainder) = cost.quotientAndRemainder(dividingBy: segments)
        return remainder.magnitude * 2 >= segments.magnitude ? quotient + (cost < 0 ? -1 : 1) : quotient
    }

    private static func table(of missing: [MissingPrice]) -> ReportTable {
        ReportTable(
            name: "no-price", title: "No price",
            columns: ["provider", "channel", "country", "unpriced"], keys: 3,
            rows: missing.map {
                [
                    .text($0.provider), .text($0.channel.rawValue), .text($0.country), .count($0.attempts),
                ]
            })
    }

    private struct MissingKey: Hashable, Comparable {
        let provider: String
        let channel: String
        let country: String

        static func < (a: Self, b: Self) -> Bool {
            (a.provider, a.channel, a.country) < (b.provider, b.channel, b.country)
        }
    }
}

extension CostReport.Total {
    mutating func add(_ row: UsageRow, _ more: Int64) {
        messages += row.messages
        attempts += row.attempts
        segments += row.segments
        cost += row.cost
        unpriced += row.unpriced
        converted += more
    }
}

extension MissingPrice {
    fileprivate mutating func add(_ row: UsageRow) {
        attempts += row.unpriced
    }
}
