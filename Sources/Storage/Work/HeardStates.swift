import Domain

/// What the ledger says of messages, for those that may go on by another channel.
package struct HeardStates: Sendable, Hashable {
    /// All final states that each of them has or had.
    package var states: [MessageID: Set<MessageState>] = [:]
    /// Receipts are in that are not applied yet: they may say more.
    package var isBehind = false

    package init() {}
}

extension WorkStore {
    /// The messages are a shard's, so their numbers lie together and the ledger's index finds them as a range.
    package func heard(of messages: [MessageID], campaign: Int64) async throws -> HeardStates {
        guard let first = messages.min(), let last = messages.max() else { return HeardStates() }
        return try await database.run { session in
            var heard = HeardStates()
            // First whether anything is left to apply: what is applied in between is read then.
            heard.isBehind =
                try session.query("SELECT FROM callback WHERE state = 'new' AND due_at <= clock_timestamp() LIMIT 1")
                .count > 0
            let rows = try session.query(
                """
                SELECT DISTINCT l.message, l.state FROM ledger l
                 WHERE l.message >= $1 AND l.message <= $2 AND l.final
                   AND l.slice >= (SELECT first_slice FROM campaign WHERE id = $3)
                """, [.int(first.rawValue), .int(last.rawValue), .int(campaign)])
            for place in 0..<rows.count {
                guard let state = MessageState(rawValue: Int16(try rows[place].int("state"))) else { continue }
                heard.states[MessageID(rawValue: try rows[place].int("message")), default: []].insert(state)
            }
            return heard
        }
    }
}
