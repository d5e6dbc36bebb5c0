import Domain

/// One call to a provider on its way into the log.
package struct CallRow: Sendable {
    static let columns =
        "at, duration_us, campaign, first_message, last_message, day, provider, messages, status, kind, attempt, members, reply, trace"

    package var at: Timestamp
    package var duration: Duration
    package var campaign: Int64
    package var provider: Int64
    package var status: Int32
    package var kind: Int16
    package var attempt: Int16
    package var reply: [UInt8]
    /// The trace that the messages belong to: 16 bytes.
    package var trace: [UInt8]?

    package init(
        at: Timestamp, duration: Duration, campaign: Int64, provider: Int64, status: Int32, kind: Int16, attempt: Int16,
        reply: [UInt8], trace: [UInt8]? = nil
    ) {
        self.at = at
        self.duration = duration
        self.campaign = campaign
        self.provider = provider
        self.status = status
        self.kind = kind
        self.attempt = attempt
        self.reply = reply
        self.trace = trace
    }

    /// Appends the row. The messages are `count` numbers of one shard from `first` to `last`; `members` says which,
    /// one bit a number, where some between them are not among them.
    package func append(
        to rows: inout CopyRows, day: Int, first: MessageID, last: MessageID, count: Int, members: [UInt8]?
    ) {
        let size =
            14 * CopyRow.overhead + 5 * 8 + 4 * 4 + 2 * 2 + (members?.count ?? 0) + reply.count + (trace?.count ?? 0)
        rows.appendRow(columns: 14, size: size) { row in
            row.append(at)
            row.append(duration.wholeMicroseconds)
            row.append(campaign)
            row.append(first.rawValue)
            row.append(last.rawValue)
            row.append(Int32(clamping: day))
            row.append(Int32(clamping: provider))
            row.append(Int32(clamping: count))
            row.append(status)
            row.append(kind)
            row.append(attempt)
            row.append(bytes: members)
            row.append(bytes: reply)
            row.append(bytes: trace)
        }
    }
}
