import Domain

/// A ledger row as receipts need it: what it says, and what a further row that corrects it must repeat.
package struct LedgerAttempt: Sendable {
    package let message: MessageID
    package let at: Timestamp
    package let provider: Int64
    package let attempt: Int16
    package let state: MessageState
    package let final: Bool
    package let was: Int16
    package let cost: Int64
    package let currency: String
    package let segments: Int32
    package let reference: String
    /// A worker died while the message was on its way. Its provider is where it would be sent now: the dead worker may
    /// have had another one in mind.
    package let isLost: Bool
    package let campaign: Int64
    package let tenant: Int64
    package let channel: Channel
    let referenceHash: Int64
    let search: Int64
    let slice: Int64
    let country: String
    let recipient: [UInt8]

    /// Why a message is in doubt whose worker died.
    package static let lost = "worker_lost"

    static let columns = """
        l.message, l.at, l.provider, l.attempt, l.state, l.final, l.was, l.cost, l.currency, l.segments, l.reference, l.campaign,
        l.tenant, l.reference_hash, l.search, l.slice, l.country, l.recipient, l.channel, l.reason
        """

    init(row: PostgresRow) throws(StorageError) {
        message = MessageID(rawValue: try row.int("message"))
        at = try row.time("at")
        provider = try row.int("provider")
        attempt = Int16(truncatingIfNeeded: try row.int("attempt"))
        guard let state = MessageState(rawValue: Int16(try row.int("state"))) else { throw .malformed("ledger row") }
        guard let channel = Channel(code: try row.int("channel")) else { throw .malformed("ledger row") }
        self.state = state
        self.channel = channel
        final = try row.bool("final")
        was = Int16(truncatingIfNeeded: try row.int("was"))
        cost = try row.int("cost")
        currency = try row.text("currency")
        segments = Int32(truncatingIfNeeded: try row.int("segments"))
        reference = try row.text("reference")
        let reason = try row.text("reason")
        isLost = state == .unknown && reason == Self.lost
        campaign = try row.int("campaign")
        tenant = try row.int("tenant")
        referenceHash = try row.int("reference_hash")
        search = try row.int("search")
        slice = try row.int("slice")
        country = try row.text("country")
        recipient = try row.bytes("recipient")
    }
}

extension LedgerAttempt {
    /// Which of the spellings, the likeliest first, is its reference or one of its parts'; nil where none is.
    package func place(among references: [String]) -> Int? {
        guard !reference.isEmpty else { return nil }
        let parts = ReferenceHash.parts(reference)
        return references.firstIndex { spelling in spelling == reference || parts.contains { $0 == spelling } }
    }
}

/// A further row of the ledger that corrects what an earlier one said. It lies in the same slice, whose key seals the
/// address.
package struct LedgerCorrection: Sendable {
    /// Of the cost alone; a state is corrected by its number.
    package static let costOnly: Int16 = -1

    package var row: LedgerAttempt
    package var at: Timestamp
    package var state: MessageState
    package var was: Int16
    /// Whether the message ends in this state.
    package var final: Bool
    /// What is added to the cost.
    package var cost: Int64 = 0
    package var currency: String
    package var reason: String
    /// When the attempt was made that `row` is about, which may itself be a correction.
    package var sentAt: Timestamp

    /// `row` now stands in a state that it gave way to.
    package init(of row: LedgerAttempt, at: Timestamp, from was: MessageState, to state: MessageState, reason: String) {
        self.row = row
        sentAt = row.at
        self.at = at
        self.state = state
        self.was = was.rawValue
        final = true
        currency = row.currency
        self.reason = reason
    }

    /// `row` costs more, or less.
    package init(of row: LedgerAttempt, at: Timestamp, state: MessageState, adding cost: Int64, currency: String) {
        self.row = row
        sentAt = row.at
        self.at = at
        self.state = state
        was = Self.costOnly
        final = false
        self.cost = cost
        self.currency = currency
        reason = ""
    }

    /// The message does not end as `end` any more, but as `row`, another attempt of it: one row takes the old end back,
    /// the other one is the new end. Each counts for its own provider and channel.
    package static func move(
        from end: LedgerAttempt, in was: MessageState, to row: LedgerAttempt, at: Timestamp, state: MessageState,
        reason: String
    ) -> [LedgerCorrection] {
        var retraction = LedgerCorrection(of: end, at: at, from: was, to: state, reason: "")
        retraction.final = false
        var landing = LedgerCorrection(of: row, at: at, from: was, to: state, reason: reason)
        landing.was = costOnly
        return [retraction, landing]
    }

    func append(to rows: inout CopyRows) {
        rows.startRow(columns: 20)
        rows.append(row.message.rawValue)
        rows.append(at)
        rows.append(cost)
        rows.append(row.search)
        rows.append(row.referenceHash)
        rows.append(row.campaign)
        rows.append(Int32(row.slice))
        rows.append(Int32(row.tenant))
        rows.append(Int32(row.provider))
        rows.append(row.attempt)
        rows.append(Int16(0))
        rows.append(state.rawValue)
        rows.append(final)
        rows.append(was)
        rows.append(text: row.country)
        rows.append(text: currency)
        rows.append(text: reason)
        rows.append(text: row.reference)
        rows.append(bytes: row.recipient)
        rows.append(row.channel.code)
    }

    /// What it adds to the reports: the new state, less the old one.
    func add(to deltas: inout [RollupDelta.Key: RollupDelta]) {
        var key = RollupDelta.Key(
            bucket: RollupDelta.bucket(of: at), campaign: row.campaign, channel: row.channel,
            provider: row.provider, state: state, country: Region(row.country) ?? .none, currency: currency)
        deltas[key, default: RollupDelta(key: key)].messages += final ? 1 : 0
        deltas[key, default: RollupDelta(key: key)].cost += cost
        guard let was = MessageState(rawValue: was) else { return }
        key.state = was
        // A doubt never cost anything, so its row names no currency.
        if was == .unknown { key.currency = "" }
        deltas[key, default: RollupDelta(key: key)].messages -= 1
    }
}
