import Domain
import Storage

/// A report as it can be written to files, answered by the API and shown: the table that it is about, breakdowns of it,
/// and what it adds up to.
package struct Report: Sendable {
    package let kind: ReportKind
    package let period: ReportPeriod
    package let tenant: String?
    /// What amounts were converted into besides.
    package let currency: Currency?
    package let rates: [DatedRate]
    package let position: LedgerPosition
    /// The first is the report; a workbook has the others as further sheets.
    package let tables: [ReportTable]
    package let totals: [CostReport.Total]
    package let missing: [MissingPrice]

    package var main: ReportTable { tables[0] }

    /// Whether nothing can be added to its period any more but corrections.
    package func isComplete(at now: Timestamp) -> Bool { period.end <= now }

    package static func make(
        _ kind: ReportKind, _ period: ReportPeriod, tenant: Tenant? = nil, currency: Currency? = nil,
        from store: UsageStore
    ) async throws -> Report {
        try await make(kind, period, tenant: tenant.map { ($0.id, $0.name) }, currency: currency, from: store)
    }

    package static func make(
        _ kind: ReportKind, _ period: ReportPeriod, tenant: (id: Int64, name: String)?, currency: Currency? = nil,
        from store: UsageStore
    ) async throws -> Report {
        let (start, end, id) = (period.start, period.end, tenant?.id)
        return try await store.reading { reading in
            var rates: [DatedRate] = []
            var totals: [CostReport.Total] = []
            var missing: [MissingPrice] = []
            let tables: [ReportTable]
            switch kind {
            case .cost:
                let usage = try reading.usage(from: start, to: end, tenant: id)
                var conversion: Conversion?
                if let currency {
                    let made = try Conversion(
                        into: currency, rates: try reading.rates(into: currency, on: period.last),
                        of: Set(usage.filter { $0.cost != 0 }.map(\.currency)), on: period.last)
                    rates = made.used
                    conversion = made
                }
                let report = try CostReport(usage, conversion: conversion)
                (tables, totals, missing) = (report.tables, report.totals, report.missing)
            case .delivery:
                tables = DeliveryReport(try reading.deliveries(from: start, to: end, tenant: id)).tables
            case .exceptions:
                tables = ExceptionsReport(try reading.reasons(from: start, to: end, tenant: id)).tables
            }
            return Report(
                kind: kind, period: period, tenant: tenant?.name, currency: kind == .cost ? currency : nil,
                rates: rates,
                position: try reading.position(), tables: tables, totals: totals, missing: missing)
        }
    }
}
