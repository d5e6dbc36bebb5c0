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
    private let archives: ArchiveStore?

    /// `masks`: addresses are shown as far as somebody recognises his own. `archives`: what lies there is written too.
    package init(ledger: LedgerStore, masks: Bool, archives: ArchiveStore? = nil) {
        self.ledger = ledger
        self.masks = masks
        self.archives = archives
    }

    /// Writes the table; returns how many rows there are.
    package func write(_ query: LedgerQuery, to output: ([UInt8]) async throws -> Void) async throws -> Int {
        try await writeAll(query, to: output).rows
    }

    /// The same; says besides which archives, or parts of them, could not be read.
    package func writeAll(
        _ query: LedgerQuery, to output: ([UInt8]) async throws -> Void
    ) async throws -> (rows: Int, faults: [ArchiveFault]) {
        var table = CSVTable()
        for name in Self.columns { table.text(name) }
        table.endLine()
        try await output(table.bytes)
        // What an index finds is few rows: no need to read everything.
        guard query.recipient == nil, query.reference == nil else { return try await writePages(query, to: output) }
        var count = 0
        let cells = NamedCells()
        let write = { (rows: LedgerRows, names: LedgerNames) in
            var chunk = LedgerRowsTable(names: names, cells: cells, slice: rows.slice, masks: masks)
            try rows.forEachBackwards { try chunk.append($0) }
            count += rows.count
            try await output(chunk.table.bytes)
        }
        let scan = try await LedgerScan(query, of: ledger)
        try await scan.forEach(write)
        let faults = try await archives?.forEach(query, except: scan.slices, write) ?? []
        return (count, faults)
    }

    private static let pageSize = 1000

    private func writePages(
        _ query: LedgerQuery, to output: ([UInt8]) async throws -> Void
    ) async throws -> (Int, [ArchiveFault]) {
        var count = 0
        var faults: [ArchiveFault] = []
        var cursor: LedgerCursor?
        while true {
            let page: [LedgerEntry]
            if let archives {
                let answer = try await ledger.search(query, andIn: archives, after: cursor, limit: Self.pageSize)
                page = answer.rows
                faults += answer.faults.filter { !faults.contains($0) }
            } else {
                page = try await ledger.search(query, after: cursor, limit: Self.pageSize)
            }
            guard let last = page.last else { return (count, faults) }
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
