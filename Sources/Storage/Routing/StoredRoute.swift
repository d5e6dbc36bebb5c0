import Domain

/// A routing rule with the names that people know its parts by.
package struct StoredRoute: Sendable, Hashable {
    package var rule: RouteRule
    package let tenantName: String?
    /// In the order of the rule's targets.
    package let providerNames: [String]
    package let sourceNames: [String]

    init(row: PostgresRow) throws(StorageError) {
        let providers = try row.numbers("provider_ids")
        let weights = try row.numbers("weight_list")
        guard providers.count == weights.count else { throw .malformed("route weights") }
        rule = RouteRule(
            id: try row.int("id"), tenant: try row.optionalInt("tenant"),
            targets: zip(providers, weights).map { RouteRule.Target(provider: $0, weight: Int32(clamping: $1)) })
        if let code = try row.optionalInt("channel") {
            guard let channel = Channel(code: code) else { throw .malformed("route channel") }
            rule.channel = channel
        }
        rule.categories = try row.numbers("category_list").compactMap { Category(code: $0) }
        rule.priorities = try row.numbers("priority_list").compactMap { Priority(rawValue: Int16(clamping: $0)) }
        rule.sources = try row.numbers("source_list")
        rule.countries = try row.words("country_list").compactMap { Region($0) }
        rule.domains = try row.words("domain_list")
        if try row.bool("has_prefixes") { rule.prefixes = [] }
        rule.order = Int(try row.int("place"))
        guard let choice = TargetChoice(rawValue: try row.text("choice")) else { throw .malformed("route choice") }
        rule.choice = choice
        rule.from = try row.text("sender")
        rule.alternates = try row.numbers("alternate_list").compactMap { Channel(code: $0) }
        rule.wait = .seconds(try row.int("wait_seconds"))
        rule.isEnabled = try row.bool("enabled")
        tenantName = try row.optionalText("tenant_name")
        providerNames = try row.words("provider_names")
        sourceNames = try row.words("source_names")
    }

    /// Whether some message of a tenant's channel may go by it.
    package func serves(_ channel: Channel, of tenant: Int64) -> Bool {
        rule.isEnabled && (rule.channel ?? channel) == channel && (rule.tenant ?? tenant) == tenant
    }

    /// Lists come as text: a name, a country and a domain hold no comma.
    static let selection = """
        SELECT r.*, t.name AS tenant_name, array_to_string(r.providers, ',') AS provider_ids,
            array_to_string(r.weights, ',') AS weight_list, array_to_string(r.categories, ',') AS category_list,
            array_to_string(r.priorities, ',') AS priority_list, array_to_string(r.sources, ',') AS source_list,
            array_to_string(r.countries, ',') AS country_list, array_to_string(r.domains, ',') AS domain_list,
            array_to_string(r.alternates, ',') AS alternate_list,
            (SELECT coalesce(string_agg(p.name, ',' ORDER BY u.place), '')
                FROM unnest(r.providers) WITH ORDINALITY AS u(id, place) JOIN provider p USING (id)) AS provider_names,
            (SELECT coalesce(string_agg(s.name, ',' ORDER BY s.name), '')
                FROM unnest(r.sources) AS u(id) JOIN source s USING (id)) AS source_names
        FROM route r LEFT JOIN tenant t ON t.id = r.tenant
        """
}

extension PostgresRow {
    fileprivate func words(_ column: String) throws(StorageError) -> [String] {
        try text(column).split(separator: ",").map(String.init)
    }

    fileprivate func numbers(_ column: String) throws(StorageError) -> [Int64] {
        try text(column).split(separator: ",").compactMap { Int64($0) }
    }
}
