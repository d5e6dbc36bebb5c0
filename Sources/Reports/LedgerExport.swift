import Domain
import Storage

/// The ledger's rows as a CSV of any length, the last written first, in flat memory.
package struct LedgerExport: Sendable {
    package static let columns = [
        "message", "at", "tenant", "source", "campaign", "campaign_name", "channel", "category", "recipient", "country",
        "provider", "attempt", "state", "final", "corrects", "reason", "segments", "cost", "currency", "reference",
    ]

    private let ledger: LedgerStore
    private let masks: Bool

    /// `masks`: addresses are shown as far as somebody recognises his own.
    package init(ledger: LedgerStore, masks: Bool) {
        self.ledger = ledger
        self.masks = masks
    }

    /// Writes the table; returns how many rows there are.
    package func write(_ query: LedgerQuery, to output: ([UInt8]) async throws -> Void) async throws -> Int {
        var table = CSVTable()
        for name in Self.columns { table.text(name) }
        table.endLine()
        try await output(table.bytes)
        // What an index finds is few rows: no need to read everything.
        guard query.recipient == nil, query.reference == nil else { return try await writePages(query, to: output) }
        var count = 0
        let cells = NamedCells()
        try await LedgerScan(query, of: ledger).forEach { rows, names in
            var chunk = LedgerRowsTable(names: names, cells: cells, slice: rows.slice, masks: masks)
            try rows.forEachBackwards { try chunk.append($0) }
            count += rows.count
            try await output(chunk.table.bytes)
        }
        return count
    }

    private static let pageSize = 1000

    private func writePages(_ query: LedgerQuery, to output: ([UInt8]) async throws -> Void) async throws -> Int {
        var count = 0
        var cursor: LedgerCursor?
        while true {
            let page = try await ledger.search(query, after: cursor, limit: Self.pageSize)
            guard let last = page.last else { return count }
            var table = CSVTable()
            for entry in page { append(entry, to: &table) }
            try await output(table.bytes)
            count += page.count
            cursor = LedgerCursor(after: last)
        }
    }

    private func append(_ row: LedgerEntry, to table: inout CSVTable) {
        table.number(row.message.rawValue)
        table.instant(row.at)
        table.text(row.tenantName)
        table.text(row.source)
        table.number(row.campaign)
        table.text(row.campaignName)
        table.text(row.channel.rawValue)
        table.text(row.category.rawValue)
        table.data(Array((masks ? Masked.address(row.recipient) : row.recipient).utf8))
        table.text(row.country)
        table.text(row.provider)
        table.number(row.attempt)
        table.text(row.state.word)
        table.text(row.final ? "yes" : "no")
        table.text(row.was?.word ?? "")
        table.text(row.reason)
        table.number(row.segments)
        table.millionths(row.cost)
        table.text(row.currency)
        table.data(Array(row.reference.utf8))
        table.endLine()
    }
}
