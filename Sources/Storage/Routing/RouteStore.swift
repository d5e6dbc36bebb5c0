import Domain

/// Routing rules. Every change tells the workers, who then compile their table anew.
package struct RouteStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// What storing a rule came to.
    package struct Stored: Sendable, Hashable {
        package var rule: Int64
        /// Prefixes that went elsewhere before or nowhere; without prefixes 1 where anything changed.
        package var changed: Int
    }

    /// All rules with their prefixes, the oldest first.
    package func rules() async throws -> [StoredRoute] { try await rules(withPrefixes: true) }

    /// Without the prefixes: a rule that has any shows an empty list.
    package func rulesWithoutPrefixes() async throws -> [StoredRoute] { try await rules(withPrefixes: false) }

    private func rules(withPrefixes: Bool) async throws -> [StoredRoute] {
        try await database.run { session in
            guard withPrefixes else { return try Self.plainRules(on: session) }
            // Rules and prefixes of one moment.
            return try session.transaction(
                beginning: "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
            ) { try Self.wholeRules(on: session) }
        }
    }

    private static func plainRules(on session: PostgresSession) throws -> [StoredRoute] {
        try session.query(StoredRoute.selection + " ORDER BY r.id").map { try StoredRoute(row: $0) }
    }

    private static func wholeRules(on session: PostgresSession) throws -> [StoredRoute] {
        var routes = try plainRules(on: session)
        let places = Dictionary(uniqueKeysWithValues: routes.indices.map { (routes[$0].rule.id, $0) })
        let rows = try session.query(
            "SELECT route, string_agg(prefix, ',' ORDER BY prefix) AS prefixes FROM route_prefix GROUP BY route")
        for index in 0..<rows.count {
            guard let place = places[try rows[index].int("route")] else { continue }
            routes[place].rule.prefixes = try rows[index].text("prefixes").split(separator: ",")
                .compactMap { NumberPrefix($0) }
        }
        return routes
    }

    /// How many prefixes each rule has.
    package func prefixCounts() async throws -> [Int64: Int] {
        try await database.run { session in
            let rows = try session.query("SELECT route, count(*) AS count FROM route_prefix GROUP BY route")
            return Dictionary(
                try rows.map { (try $0.int("route"), Int(try $0.int("count"))) },
                uniquingKeysWith: { first, _ in first })
        }
    }

    // MARK: Changing

    /// Stores rules in one transaction. A rule with the conditions and the order of one that is there replaces it; a
    /// prefix leaves the rule that it had under the same conditions and order.
    package func store(_ rules: [RouteRule], audit: AuditOrigin? = nil) async throws -> [Stored] {
        try await database.transaction { session in
            // One writer at a time: what is replaced, and which rules are left without prefixes, is seen as a whole.
            try session.execute("LOCK TABLE route IN SHARE ROW EXCLUSIVE MODE")
            var stored: [Stored] = []
            for rule in rules where rule.prefixes == nil { stored.append(try Self.storePlain(rule, on: session)) }
            let withPrefixes = rules.filter { $0.prefixes != nil }
            if !withPrefixes.isEmpty { stored += try RoutePrefixes.store(withPrefixes, on: session) }
            if let audit = audit ?? database.origin {
                for one in stored { try Self.note("route.store", one.rule, by: audit, on: session) }
            }
            try session.execute("NOTIFY herald_configuration")
            return stored
        }
    }

    private static func note(
        _ action: String, _ id: Int64, by audit: AuditOrigin, on session: PostgresSession
    ) throws {
        let row = try session.query("SELECT tenant, to_json(r)::text AS rule FROM route r WHERE id = $1", [.int(id)])
            .first
        guard let row else { return }
        try AuditEntry(
            action, String(id), by: audit, tenant: try row.optionalInt("tenant"),
            after: try JSON.parse(try row.text("rule"))
        ).store(on: session)
    }

    private static func storePlain(_ rule: RouteRule, on session: PostgresSession) throws -> Stored {
        let rows = try session.query(
            """
            \(insertion)
            ON CONFLICT (conditions) WHERE NOT has_prefixes DO UPDATE SET providers = excluded.providers,
                weights = excluded.weights, choice = excluded.choice, sender = excluded.sender,
                alternates = excluded.alternates, wait_seconds = excluded.wait_seconds, enabled = excluded.enabled,
                targets = excluded.targets
            WHERE route.targets <> excluded.targets OR route.enabled <> excluded.enabled
            RETURNING id
            """, values(of: rule))
        if let row = rows.first { return Stored(rule: try row.int("id"), changed: 1) }
        let known = try session.query(
            "SELECT id FROM route WHERE conditions = md5($1)::uuid AND NOT has_prefixes", [.text(rule.conditionsText)])
        return Stored(rule: try known[0].int("id"), changed: 0)
    }

    static let insertion = """
        INSERT INTO route (tenant, channel, categories, priorities, sources, countries, domains, has_prefixes, place,
            providers, weights, choice, sender, alternates, wait_seconds, enabled, conditions, targets)
        VALUES ($1, $2::bigint, $3::bigint[]::smallint[], $4::bigint[]::smallint[], $5::bigint[]::int[], $6, $7, $8, $9,
            $10::bigint[]::int[], $11::bigint[]::int[], $12, $13, $14::bigint[]::smallint[], $15, $16,
            md5($17)::uuid, md5($18)::uuid)
        """

    static func values(of rule: RouteRule) -> [PostgresValue] {
        [
            .optional(rule.tenant), .optional(rule.channel.map { Int64($0.code) }),
            .intArray(Set(rule.categories.map { Int64($0.code) }).sorted()),
            .intArray(Set(rule.priorities.map { Int64($0.rawValue) }).sorted()),
            .intArray(Set(rule.sources).sorted()), .textArray(Set(rule.countries.map(\.code)).sorted()),
            .textArray(Set(rule.domains).sorted()), .bool(rule.prefixes != nil), .number(rule.order),
            .intArray(rule.targets.map(\.provider)), .intArray(rule.targets.map { Int64($0.weight) }),
            .text(rule.choice.rawValue), .text(rule.from), .intArray(rule.alternates.map { Int64($0.code) }),
            .int(rule.wait.components.seconds), .bool(rule.isEnabled), .text(rule.conditionsText),
            .text(rule.targetsText),
        ]
    }

    /// False where there is no such rule.
    package func enable(_ id: Int64, _ isEnabled: Bool, audit: AuditOrigin? = nil) async throws -> Bool {
        try await database.transaction { session in
            try session.execute("LOCK TABLE route IN SHARE ROW EXCLUSIVE MODE")
            guard try session.query("SELECT id FROM route WHERE id = $1", [.int(id)]).count > 0 else { return false }
            try RoutePrefixes.joinTwin(of: id, enabled: isEnabled, on: session)
            try session.execute("UPDATE route SET enabled = $2 WHERE id = $1", [.int(id), .bool(isEnabled)])
            if let audit = audit ?? database.origin {
                try Self.note(isEnabled ? "route.enable" : "route.disable", id, by: audit, on: session)
            }
            try session.execute("NOTIFY herald_configuration")
            return true
        }
    }

    /// With all its prefixes.
    package func remove(_ id: Int64, audit: AuditOrigin? = nil) async throws -> Bool {
        try await database.transaction { session in
            if let audit = audit ?? database.origin { try Self.note("route.remove", id, by: audit, on: session) }
            let removed = try session.query("DELETE FROM route WHERE id = $1 RETURNING id", [.int(id)]).count > 0
            try session.execute("NOTIFY herald_configuration")
            return removed
        }
    }

    /// Takes one prefix out of a rule; the last one takes the rule with it.
    package func remove(prefix: NumberPrefix, from id: Int64) async throws -> Bool {
        try await database.transaction { session in
            try session.execute("LOCK TABLE route IN SHARE ROW EXCLUSIVE MODE")
            let removed = try session.query(
                "DELETE FROM route_prefix WHERE route = $1 AND prefix = $2 RETURNING route",
                [.int(id), .text(prefix.digits)]
            ).count
            if removed > 0, let origin = database.origin { try Self.note("route.change", id, by: origin, on: session) }
            try RoutePrefixes.removeEmptyRules(on: session)
            try session.execute("NOTIFY herald_configuration")
            return removed > 0
        }
    }
}
