import Domain

/// A query as SQL over one slice's rows `l`: conditions with numbered parameters, the same for every slice.
struct LedgerConditions {
    private(set) var parameters: [PostgresValue] = []
    private var conditions: [String] = []

    /// `parts`: messages that a reference leads to that is not their first.
    init(_ query: LedgerQuery, parts: [Int64] = []) {
        if let recipient = query.recipient {
            let keys = recipient.searchKeys.map { "l.search = \(self.parameter(.int($0)))" }
            conditions.append("(\(keys.joined(separator: " OR ")))")
        }
        if let reference = query.reference {
            var ways = ["l.reference_hash = \(parameter(.int(ReferenceHash.of(reference))))"]
            ways += parts.map { "l.message = \(self.parameter(.int($0)))" }
            let text = parameter(.text(reference))
            conditions.append("(\(ways.joined(separator: " OR ")))")
            conditions.append("(l.reference = \(text) OR \(text) = ANY (string_to_array(l.reference, ',')))")
        }
        if let tenant = query.tenant { equal("tenant", tenant, "int") }
        if let campaign = query.campaign {
            // The range is what the index knows.
            let number = parameter(.int(campaign))
            conditions.append("l.message >= \(number)::bigint << 35 AND l.message < (\(number)::bigint + 1) << 35")
        }
        if let channel = query.channel { equal("channel", Int64(channel.code), "smallint") }
        if let providers = query.providers {
            conditions.append("l.provider = ANY (\(parameter(.intArray(providers.sorted())))::bigint[]::int[])")
        }
        if !query.states.isEmpty {
            let states = query.states.map { Int64($0.rawValue) }.sorted()
            conditions.append("l.state = ANY (\(parameter(.intArray(states)))::bigint[]::smallint[])")
        }
        if let country = query.country { conditions.append("l.country = \(parameter(.text(country.code)))") }
        if query.sources != nil || query.category != nil { addCampaigns(query) }
        if let from = query.from { conditions.append("l.at >= \(parameter(.time(from)))") }
        if let to = query.to { conditions.append("l.at < \(parameter(.time(to)))") }
    }

    /// Source and category are the campaign's.
    private mutating func addCampaigns(_ query: LedgerQuery) {
        var inner: [String] = []
        if let tenant = query.tenant { inner.append("tenant = \(parameter(.int(tenant)))") }
        if let sources = query.sources { inner.append("source = ANY (\(parameter(.intArray(sources.sorted()))))") }
        if let category = query.category { inner.append("category = \(parameter(.int(Int64(category.code))))") }
        conditions.append("l.campaign IN (SELECT id FROM campaign WHERE \(inner.joined(separator: " AND ")))")
    }

    mutating func within(_ from: Timestamp, _ to: Timestamp) {
        if from > LedgerCatalogue.beginning { conditions.append("l.at >= \(parameter(.time(from)))") }
        if to < LedgerCatalogue.end { conditions.append("l.at < \(parameter(.time(to)))") }
    }

    mutating func after(_ cursor: LedgerCursor) {
        let at = parameter(.time(cursor.at))
        // The first is what the index on the times knows.
        conditions.append("l.at <= \(at)")
        conditions.append(
            """
            (l.at, l.message, l.attempt, l.state) < (\(at), \(parameter(.int(cursor.message))), \
            \(parameter(.int(cursor.attempt))), \(parameter(.int(cursor.state))))
            """)
    }

    private mutating func equal(_ column: String, _ value: Int64, _ type: String) {
        conditions.append("l.\(column) = \(parameter(.int(value)))::\(type)")
    }

    private mutating func parameter(_ value: PostgresValue) -> String {
        parameters.append(value)
        return "$\(parameters.count)"
    }

    var sql: String { conditions.isEmpty ? "true" : conditions.joined(separator: " AND ") }
}
