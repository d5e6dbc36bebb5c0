import Domain

/// Why a message was given up although no provider refused it.
package enum DeadLetterKind: String, Sendable, Hashable, CaseIterable {
    /// Its tries were used up.
    case exhausted
    /// It can't be worked on: its text can't be made, or workers died over it.
    case poison
}

/// What an operator made of it.
package enum DeadLetterState: String, Sendable, Hashable, CaseIterable {
    case open
    /// Sent again, as a new message.
    case replayed
    case discarded
}

/// A dead letter on its way in.
package enum DeadLetterRow {
    static let columns = "message, at, campaign, tenant, provider, attempt, kind, reason"

    /// For the message of a ledger row.
    package static func append(_ row: LedgerRow, _ kind: DeadLetterKind, to rows: inout CopyRows) {
        rows.startRow(columns: 8)
        rows.append(row.message.rawValue)
        rows.append(row.at)
        rows.append(row.campaign)
        rows.append(Int32(clamping: row.tenant))
        rows.append(Int32(clamping: row.provider))
        rows.append(row.attempt)
        rows.append(text: kind.rawValue)
        rows.append(text: row.reason)
    }
}

/// A dead letter as it stands.
package struct DeadLetter: Sendable, Hashable {
    package let message: MessageID
    package let at: Timestamp
    package let campaign: Int64
    package let replay: Int64?
    package let tenantName: String
    package let providerName: String
    package let attempt: Int16
    package let kind: DeadLetterKind
    package let state: DeadLetterState
    package let reason: String

    static let selection = """
        SELECT d.*, t.name AS tenant_name, coalesce(p.name, '') AS provider_name
          FROM dead_letter d JOIN tenant t ON t.id = d.tenant LEFT JOIN provider p ON p.id = d.provider
        """

    init(row: PostgresRow) throws(StorageError) {
        message = MessageID(rawValue: try row.int("message"))
        at = try row.time("at")
        campaign = try row.int("campaign")
        replay = try row.optionalInt("replay")
        tenantName = try row.text("tenant_name")
        providerName = try row.text("provider_name")
        attempt = Int16(truncatingIfNeeded: try row.int("attempt"))
        kind = DeadLetterKind(rawValue: try row.text("kind")) ?? .exhausted
        state = DeadLetterState(rawValue: try row.text("state")) ?? .open
        reason = try row.text("reason")
    }
}
