import Domain
import Storage

/// What one window adds to the ledger and to the reports, built row by row in reused memory.
struct WindowRecord {
    private(set) var rows = CopyRows()
    private var deltas: [RollupDelta] = []
    private let context: CampaignContext
    let slice: LedgerSlice
    private let cipher: Cipher

    init(context: CampaignContext, slice: LedgerSlice) {
        self.context = context
        self.slice = slice
        cipher = context.key.ledgerCipher(slice: slice)
    }

    mutating func clear() {
        rows.clear(header: true)
        deltas.removeAll(keepingCapacity: true)
    }

    /// Adds a row and counts it.
    mutating func add(_ row: LedgerRow, address: Span<UInt8>) {
        row.append(to: &rows, slice: slice, address: address, sealedWith: cipher)
        let index = delta(for: row)
        deltas[index].messages += row.final ? 1 : 0
        deltas[index].attempts += 1
        deltas[index].segments += Int64(row.segments)
        deltas[index].cost += row.cost
    }

    var summary: [RollupDelta] { deltas }

    /// A window has a handful of combinations, and neighbours mostly share one: looking from the end beats
    /// a dictionary of these keys.
    private mutating func delta(for row: LedgerRow) -> Int {
        let bucket = RollupDelta.bucket(of: row.at)
        for index in deltas.indices.reversed() {
            let key = deltas[index].key
            if key.state == row.state, key.country == row.country, key.provider == row.provider, key.bucket == bucket,
                key.currency == row.currency
            {
                return index
            }
        }
        deltas.append(
            RollupDelta(
                key: .init(
                    bucket: bucket, campaign: context.campaign, provider: row.provider, state: row.state,
                    country: row.country, currency: row.currency)))
        return deltas.count - 1
    }
}
