import Domain
import Storage

/// Usage in rows, for programs and for spreadsheets.
struct UsageTable: Sendable {
    let keys: [UsageKey]
    let groups: [UsageGroup]

    /// The states with a column each, from the best outcome to the worst.
    private static let states: [MessageState] = [
        .delivered, .sent, .undelivered, .bounced, .complained, .failed, .unknown, .rejected, .expired, .cancelled,
    ]

    var json: JSON {
        .array(
            groups.map { group in
                var object = JSONObject()
                for (key, word) in zip(keys, group.keys) { object[key.rawValue] = .string(word) }
                object["messages"] = .int(group.messages)
                var states = JSONObject()
                for state in Self.states { states[state.word] = .int(group.states[state] ?? 0) }
                object["states"] = .object(states)
                object["attempts"] = .int(group.attempts)
                object["segments"] = .int(group.segments)
                object["cost"] =
                    group.currency.isEmpty
                    ? .null
                    : .money(group.cost, group.currency)
                return .object(object)
            })
    }

    var csv: [UInt8] {
        var table = CSVTable()
        let columns = keys.map(\.rawValue) + ["messages"] + Self.states.map(\.word)
        for name in columns + ["attempts", "segments", "cost", "currency"] { table.text(name) }
        table.endLine()
        for group in groups {
            for word in group.keys { table.text(word) }
            table.number(group.messages)
            for state in Self.states { table.number(group.states[state] ?? 0) }
            table.number(group.attempts)
            table.number(group.segments)
            table.number(PriceText.decimal(group.cost))
            table.text(group.currency)
            table.endLine()
        }
        return table.bytes
    }
}
