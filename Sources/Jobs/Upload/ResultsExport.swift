import Domain
import Storage

/// Every recipient's final state as a CSV, some shards at a time; on request every attempt that was recorded.
package struct ResultsExport: Sendable {
    private let ledger: LedgerStore
    private static let shardsAtOnce: Int64 = 4
    private static let columns = [
        "message", "recipient", "state", "final", "reason", "attempt", "provider", "country", "segments", "cost",
        "currency", "reference", "at",
    ]

    package init(ledger: LedgerStore) { self.ledger = ledger }

    /// Writes the file; returns how many rows there are.
    package func write(
        _ campaign: Campaign, everyAttempt: Bool = false, to output: ([UInt8]) async throws -> Void
    ) async throws -> Int {
        // Before the first byte is out.
        try await ledger.requireHere(campaign: campaign.id)
        var table = CSVTable()
        for name in Self.columns { table.text(name) }
        table.endLine()
        var count = 0
        var shard = MessageID.shard(campaign: campaign.id, number: 0)
        let last = try await ledger.lastShard(campaign: campaign.id) ?? shard - 1
        try await output(table.bytes)
        while shard <= last {
            let from = MessageID(shard: shard, index: 0)
            let to = MessageID(shard: shard + Self.shardsAtOnce, index: 0)
            let rows =
                everyAttempt
                ? try await ledger.attempts(campaign: campaign.id, from: from, to: to)
                : try await ledger.results(campaign: campaign.id, from: from, to: to)
            table.clear()
            for row in rows { append(row, to: &table) }
            try await output(table.bytes)
            count += rows.count
            shard += Self.shardsAtOnce
        }
        return count
    }

    private func append(_ row: LedgerEntry, to table: inout CSVTable) {
        table.number(row.message.rawValue)
        table.data(Array(row.recipient.utf8))
        table.text(row.state.word)
        table.text(row.final ? "yes" : "no")
        table.text(row.reason)
        table.number(row.attempt)
        table.text(row.provider)
        table.text(row.country)
        table.number(row.segments)
        table.number(PriceText.decimal(row.cost))
        table.text(row.currency)
        table.data(Array(row.reference.utf8))
        table.text(row.at.description)
        table.endLine()
    }
}
