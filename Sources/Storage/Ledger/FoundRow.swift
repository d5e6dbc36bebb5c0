import Domain

/// A ledger row as a search reads it, by numbers: names come afterwards, for those alone that are shown.
struct FoundRow {
    let message: MessageID
    let at: Timestamp
    let campaign: Int64
    let tenant: Int64
    let slice: Int64
    let channel: Channel
    let provider: Int64
    let attempt: Int16
    let segments: Int32
    let state: MessageState
    let final: Bool
    let was: Int16
    let country: String
    let cost: Int64
    let currency: String
    let reason: String
    let reference: String
    let recipient: [UInt8]

    static let columns = """
        l.message, l.at, l.campaign, l.tenant, l.slice, l.channel, l.provider, l.attempt, l.segments, l.state, l.final, l.was, \
        l.country, l.cost, l.currency, l.reason, l.reference, l.recipient
        """

    /// The order of pages.
    var place: (Int64, Int64, Int16, Int16) { (at.micros, message.rawValue, attempt, state.rawValue) }
}

extension FoundRow {
    init(row: PostgresRow) throws(StorageError) {
        message = MessageID(rawValue: try row.int("message"))
        at = try row.time("at")
        campaign = try row.int("campaign")
        tenant = try row.int("tenant")
        slice = try row.int("slice")
        guard let state = MessageState(rawValue: Int16(try row.int("state"))),
            let channel = Channel(code: try row.int("channel"))
        else { throw .malformed("ledger row") }
        self.state = state
        self.channel = channel
        provider = try row.int("provider")
        attempt = Int16(truncatingIfNeeded: try row.int("attempt"))
        segments = Int32(truncatingIfNeeded: try row.int("segments"))
        final = try row.bool("final")
        was = Int16(truncatingIfNeeded: try row.int("was"))
        country = try row.text("country")
        cost = try row.int("cost")
        currency = try row.text("currency")
        reason = try row.text("reason")
        reference = try row.text("reference")
        recipient = try row.bytes("recipient")
    }
}
