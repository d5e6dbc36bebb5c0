import Domain

/// An event on its way into the outbox, in the transaction of the ledger's row that it tells of.
package enum WebhookEventRow {
    static let columns = "at, campaign, message, tenant, source, day, kind, facts"

    package static func append(_ row: LedgerRow, source: Int64?, day: DayPart, to rows: inout CopyRows) {
        rows.startRow(columns: 8)
        rows.append(row.at)
        rows.append(row.campaign)
        rows.append(row.message.rawValue)
        rows.append(Int32(row.tenant))
        if let source { rows.append(Int32(source)) } else { rows.appendNull() }
        rows.append(Int32(day.day))
        rows.append(row.state.rawValue)
        rows.append(
            text: facts(
                channel: row.channel, was: 0, reason: row.reason, attempt: row.attempt, segments: row.segments,
                cost: row.cost, currency: row.currency, country: row.country.code))
    }

    /// As JSON. Addresses and texts are in none of it.
    static func facts(
        channel: Channel, was: Int16, reason: String, attempt: Int16, segments: Int32, cost: Int64, currency: String,
        country: String
    ) -> String {
        let reason = reason.isEmpty ? #""""# : JSON.string(reason.replacing("\0", with: " ")).text
        return """
            {"channel":\(channel.code),"was":\(was),"reason":\(reason),"attempt":\(attempt),"segments":\(segments),\
            "cost":\(cost),"currency":\(JSON.string(currency).text),"country":\(JSON.string(country).text)}
            """
    }
}

extension ReceiptBatch {
    /// Tells of corrections that were just written, as far as somebody wants to know.
    func tell(of corrections: [LedgerCorrection]) throws {
        let ends = corrections.filter(\.final)
        guard !ends.isEmpty,
            try session.query("SELECT EXISTS (SELECT FROM webhook_endpoint) AS some")[0].bool("some")
        else { return }
        let states = ends.map { Int64($0.state.rawValue) }
        try session.execute(
            "SELECT tell_corrections($1, $2, $3::bigint[]::int[], $4)",
            [
                .intArray(ends.map(\.row.message.rawValue)), .intArray(ends.map(\.at.micros)), .intArray(states),
                .textArray(ends.map { $0.facts(after: $0.before(among: corrections)) }),
            ])
    }
}

extension LedgerCorrection {
    /// The state that gave way: its own, or where the message moved to another attempt, the one that was taken back.
    fileprivate func before(among corrections: [LedgerCorrection]) -> Int16 {
        if was > 0 { return was }
        return corrections.first { $0.row.message == row.message && !$0.final && $0.state == state && $0.was > 0 }?.was
            ?? 0
    }

    fileprivate func facts(after was: Int16) -> String {
        WebhookEventRow.facts(
            channel: row.channel, was: was, reason: reason, attempt: row.attempt, segments: row.segments,
            cost: row.cost + cost, currency: currency, country: row.country)
    }
}
