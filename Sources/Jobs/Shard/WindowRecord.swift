import Domain
import Senders
import Storage

/// What one window adds to the ledger and to the reports, built row by row in reused memory.
struct WindowRecord {
    private var rows = CopyRows()
    private var deltas: [RollupDelta] = []
    private let context: CampaignContext
    let parts: OpenParts
    private var calls = CopyRows()
    private var references = CopyRows()
    private var deadLetters = CopyRows()
    private var webhookEvents = CopyRows()
    private var deadHashes: [Channel: Set<RecipientHash>] = [:]
    private var volumes: [VolumeDelta] = []
    private let cipher: Cipher

    init(context: CampaignContext, parts: OpenParts) {
        self.context = context
        self.parts = parts
        cipher = context.key.ledgerCipher(slice: parts.slice)
    }

    mutating func clear() {
        rows.clear(header: true)
        calls.clear(header: true)
        references.clear(header: true)
        deadLetters.clear(header: true)
        webhookEvents.clear(header: true)
        deadHashes.removeAll(keepingCapacity: true)
        deltas.removeAll(keepingCapacity: true)
        volumes.removeAll(keepingCapacity: true)
    }

    /// Counts a row's units for the price that it was booked by, which costs less after so many.
    mutating func count(_ row: LedgerRow, for line: Int64) {
        let place = volumes.lastIndex {
            $0.line == line && $0.country == row.country && $0.currency == row.currency
        }
        guard let place else {
            volumes.append(VolumeDelta(line: line, row: row))
            return
        }
        volumes[place].add(row)
    }

    /// Adds a row and counts it. A final row that ends its message unheard may be a dead letter too.
    mutating func add(_ row: LedgerRow, address: Span<UInt8>, deadLetter kind: DeadLetterKind? = nil) {
        if let kind, row.final { DeadLetterRow.append(row, kind, to: &deadLetters) }
        if row.final, context.webhooks.kinds.contains(row.state), let day = parts.webhooks {
            WebhookEventRow.append(row, source: context.webhooks.source, day: day, to: &webhookEvents)
        }
        if let day = parts.references?.day, ReferenceHash.hasParts(row.reference) {
            ReferenceHash.appendParts(of: row, day: day, to: &references)
        }
        row.append(to: &rows, slice: parts.slice, address: address, sealedWith: cipher)
        let index = delta(for: row)
        deltas[index].messages += row.final ? 1 : 0
        deltas[index].attempts += 1
        deltas[index].segments += Int64(row.segments)
        deltas[index].cost += row.cost
    }

    /// Puts all that was recorded into the step that stores it.
    func fill(_ step: inout WindowStep) {
        step.rows = rows
        step.deltas = deltas
        step.volumes = volumes
        step.calls = calls
        step.callDay = parts.calls
        step.references = references
        step.referenceDay = parts.references
        step.deadLetters = deadLetters
        step.webhookEvents = webhookEvents
        step.deadAddresses = deadHashes.sorted { $0.key.code < $1.key.code }.map { channel, hashes in
            DeadAddresses(
                tenant: context.tenant, channel: channel, hashes: hashes.sorted { $0.number < $1.number })
        }
    }

    /// The provider says that the address of a row will never work again.
    mutating func noteDeadAddress(of row: LedgerRow) { deadHashes[row.channel, default: []].insert(row.hash) }

    /// Where a batch's calls are written down; nil where calls are not logged.
    func callLog(of messages: [MessageBatch.Message], provider: Int64, trace: TraceParent?) -> WindowCallLog? {
        parts.calls.map {
            WindowCallLog(
                messages: messages, campaign: context.campaign, provider: provider, day: $0.day, trace: trace?.idBytes)
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
                key.channel == row.channel, key.currency == row.currency
            {
                return index
            }
        }
        deltas.append(
            RollupDelta(
                key: .init(
                    bucket: bucket, campaign: context.campaign, channel: row.channel, provider: row.provider,
                    state: row.state, country: row.country, currency: row.currency)))
        return deltas.count - 1
    }
}
