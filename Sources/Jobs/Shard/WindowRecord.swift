import Domain
import Senders
import Storage

/// What one window adds to the ledger and to the reports, built row by row in reused memory.
struct WindowRecord {
    private(set) var rows = CopyRows()
    private var deltas: [RollupDelta] = []
    private let context: CampaignContext
    let slice: LedgerSlice
    /// Nil: calls are not logged.
    let callDay: DayPart?
    private(set) var calls = CopyRows()
    private(set) var deadLetters = CopyRows()
    private var deadHashes: [RecipientHash] = []
    private let cipher: Cipher

    init(context: CampaignContext, slice: LedgerSlice, callDay: DayPart?) {
        self.context = context
        self.slice = slice
        self.callDay = callDay
        cipher = context.key.ledgerCipher(slice: slice)
    }

    mutating func clear() {
        rows.clear(header: true)
        calls.clear(header: true)
        deadLetters.clear(header: true)
        deadHashes.removeAll(keepingCapacity: true)
        deltas.removeAll(keepingCapacity: true)
    }

    /// Adds a row and counts it. A final row that ends its message unheard may be a dead letter too.
    mutating func add(_ row: LedgerRow, address: Span<UInt8>, deadLetter kind: DeadLetterKind? = nil) {
        if let kind, row.final { DeadLetterRow.append(row, kind, to: &deadLetters) }
        row.append(to: &rows, slice: slice, address: address, sealedWith: cipher)
        let index = delta(for: row)
        deltas[index].messages += row.final ? 1 : 0
        deltas[index].attempts += 1
        deltas[index].segments += Int64(row.segments)
        deltas[index].cost += row.cost
    }

    var summary: [RollupDelta] { deltas }

    /// The provider says that the address of a row will never work again.
    mutating func noteDeadAddress(of row: LedgerRow) { deadHashes.append(row.hash) }

    var deadAddresses: DeadAddresses? {
        deadHashes.isEmpty
            ? nil
            : DeadAddresses(
                tenant: context.tenant, channel: context.channel,
                hashes: Set(deadHashes).sorted { $0.number < $1.number })
    }

    /// Where a batch's calls are written down; nil where calls are not logged.
    func callLog(of messages: [MessageBatch.Message], provider: Int64) -> WindowCallLog? {
        callDay.map {
            WindowCallLog(messages: messages, campaign: context.campaign, provider: provider, day: $0.day)
        }
    }

    mutating func add(_ log: WindowCallLog) { calls.append(log.written) }

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
