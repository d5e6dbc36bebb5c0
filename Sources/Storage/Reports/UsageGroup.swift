import Domain

/// What usage can be told apart by.
package enum UsageKey: String, Sendable, Hashable, CaseIterable {
    case day, source, campaign, channel, category, provider, country

    fileprivate var column: String {
        switch self {
        case .day: "to_char(r.bucket AT TIME ZONE $4, 'YYYY-MM-DD')"
        case .source: "coalesce(s.name, '')"
        case .campaign: "c.id::text"
        case .channel: "r.channel::text"
        case .category: "c.category::text"
        case .provider: "coalesce(p.name, '')"
        case .country: "r.country::text"
        }
    }

    /// As people call it.
    fileprivate func word(_ text: String) throws(StorageError) -> String {
        switch self {
        case .channel:
            guard let channel = Int64(text).flatMap({ Channel(code: $0) }) else { throw .malformed("rollup") }
            return channel.rawValue
        case .category:
            guard let category = Int64(text).flatMap({ Category(code: $0) }) else { throw .malformed("rollup") }
            return category.rawValue
        default: return text
        }
    }
}

/// Volume and cost of what has the same keys and the same currency.
package struct UsageGroup: Sendable, Hashable {
    /// In the order in which they were asked for.
    package let keys: [String]
    package let currency: String
    package fileprivate(set) var states: [MessageState: Int64] = [:]
    package fileprivate(set) var messages: Int64 = 0
    package fileprivate(set) var attempts: Int64 = 0
    package fileprivate(set) var segments: Int64 = 0
    package fileprivate(set) var cost: Int64 = 0
}

extension UsageStore {
    /// A tenant's usage in `[from, to)`, ordered by its keys. Days are those of `zone`.
    package func groups(
        by keys: [UsageKey], from: Timestamp, to: Timestamp, zone: String, tenant: Int64
    ) async throws -> [UsageGroup] {
        let columns = keys.enumerated().map { "\($1.column) COLLATE \"C\" AS key\($0), " }.joined()
        let places = (1...(keys.count + 2)).map(String.init).joined(separator: ", ")
        return try await database.run { session in
            let rows = try session.query(
                """
                SELECT \(columns)r.currency, r.state,
                       sum(r.messages)::bigint AS messages, sum(r.attempts)::bigint AS attempts,
                       sum(r.segments)::bigint AS segments, sum(r.cost)::bigint AS cost
                  FROM (SELECT * FROM rollup WHERE bucket >= $1 AND bucket < $2
                        UNION ALL SELECT * FROM rollup_delta WHERE bucket >= $1 AND bucket < $2) r
                  JOIN campaign c ON c.id = r.campaign
                  LEFT JOIN source s ON s.id = c.source LEFT JOIN provider p ON p.id = r.provider
                 WHERE c.tenant = $3 AND $4::text IS NOT NULL
                 GROUP BY \(places) ORDER BY \(places)
                """, [.time(from), .time(to), .int(tenant), .text(zone)])
            var groups: [UsageGroup] = []
            for i in 0..<rows.count {
                let row = rows[i]
                var words: [String] = []
                for (place, key) in keys.enumerated() { words.append(try key.word(try row.text("key\(place)"))) }
                let currency = try row.text("currency")
                if groups.last?.keys != words || groups.last?.currency != currency {
                    groups.append(UsageGroup(keys: words, currency: currency))
                }
                try groups[groups.count - 1].add(row)
            }
            return groups
        }
    }
}

extension UsageGroup {
    fileprivate mutating func add(_ row: PostgresRow) throws(StorageError) {
        guard let state = MessageState(rawValue: Int16(try row.int("state"))) else { throw .malformed("rollup") }
        let count = try row.int("messages")
        states[state, default: 0] += count
        messages += count
        attempts += try row.int("attempts")
        segments += try row.int("segments")
        cost += try row.int("cost")
    }
}
