import Domain

/// The log of calls to providers, as it is read.
package struct CallStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// The calls that carried a message, oldest first.
    package func calls(of message: MessageID) async throws -> [CallEntry] {
        try await calls(of: message...message)[message] ?? []
    }

    /// The same of neighbours in one shard.
    package func calls(of messages: ClosedRange<MessageID>) async throws -> [MessageID: [CallEntry]] {
        let (lowest, highest) = (messages.lowerBound.rawValue, messages.upperBound.rawValue)
        return try await database.run { session in
            var calls: [MessageID: [CallEntry]] = [:]
            let rows = try session.query(
                """
                SELECT c.*, coalesce(p.name, '') AS provider_name FROM call_log c LEFT JOIN provider p ON p.id = c.provider
                 WHERE c.first_message BETWEEN $1::bigint - 2047 AND $2 AND c.last_message >= $1 ORDER BY c.at
                """, [.int(lowest), .int(highest)])
            for place in 0..<rows.count {
                let row = rows[place]
                let first = try row.int("first_message")
                let members = try row.optionalBytes("members")
                let entry = try CallEntry(row: row)
                let last = min(try row.int("last_message"), highest)
                for number in stride(from: max(first, lowest), through: last, by: 1) {
                    guard members?.isMarked(Int(number - first)) ?? true else { continue }
                    calls[MessageID(rawValue: number), default: []].append(entry)
                }
            }
            return calls
        }
    }
}

/// One call to a provider.
package struct CallEntry: Sendable, Hashable {
    package let at: Timestamp
    package let duration: Duration
    package let provider: String
    package let campaign: Int64
    package let messages: Int
    package let status: Int32
    /// The number of an outcome's kind.
    package let kind: Int16
    package let attempt: Int16
    package let reply: String
    /// The number of the trace that the messages belong to, in hexadecimal digits; nil where their sender named none.
    package let trace: String?

    init(row: PostgresRow) throws(StorageError) {
        at = try row.time("at")
        duration = .microseconds(try row.int("duration_us"))
        provider = try row.text("provider_name")
        campaign = try row.int("campaign")
        messages = Int(try row.int("messages"))
        status = Int32(truncatingIfNeeded: try row.int("status"))
        kind = Int16(truncatingIfNeeded: try row.int("kind"))
        attempt = Int16(truncatingIfNeeded: try row.int("attempt"))
        reply = String(decoding: try row.bytes("reply"), as: UTF8.self)
        trace = try row.optionalBytes("trace").map { hex($0) }
    }
}
