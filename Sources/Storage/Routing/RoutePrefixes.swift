import Domain

/// Stores rules that are for number prefixes, in bulk: a hundred thousand prefixes are a handful of statements.
enum RoutePrefixes {
    /// Within the caller's transaction, which holds the lock on `route`.
    static func store(_ rules: [RouteRule], on session: PostgresSession) throws -> [RouteStore.Stored] {
        let ids = try rules.map { try id(of: $0, on: session) }
        var (prefixes, routes): ([String], [Int64]) = ([], [])
        for (rule, id) in zip(rules, ids) {
            for prefix in rule.prefixes ?? [] {
                prefixes.append(prefix.digits)
                routes.append(id)
            }
        }
        let changes = try move(prefixes, to: routes, on: session)
        try removeEmptyRules(on: session)
        return ids.map { RouteStore.Stored(rule: $0, changed: changes[$0] ?? 0) }
    }

    /// The rule with the same conditions and the same targets, or a new one.
    private static func id(of rule: RouteRule, on session: PostgresSession) throws -> Int64 {
        let known = try session.query(
            """
            SELECT id FROM route WHERE conditions = md5($1)::uuid AND targets = md5($2)::uuid AND enabled = $3
            AND has_prefixes
            """, [.text(rule.conditionsText), .text(rule.targetsText), .bool(rule.isEnabled)])
        if let row = known.first { return try row.int("id") }
        return try session.query(RouteStore.insertion + " RETURNING id", RouteStore.values(of: rule))[0].int("id")
    }

    /// Of a prefix that is named twice under the same conditions the last one counts.
    private static func move(
        _ prefixes: [String], to routes: [Int64], on session: PostgresSession
    ) throws -> [Int64: Int] {
        let rows = try session.query(
            """
            WITH changed AS (
                INSERT INTO route_prefix (conditions, prefix, route)
                SELECT DISTINCT ON (r.conditions, n.prefix) r.conditions, n.prefix, r.id
                FROM unnest($1, $2) WITH ORDINALITY n (prefix, route, number) JOIN route r ON r.id = n.route
                ORDER BY r.conditions, n.prefix, n.number DESC
                ON CONFLICT (conditions, prefix) DO UPDATE SET route = excluded.route
                WHERE route_prefix.route <> excluded.route
                RETURNING route
            )
            SELECT route, count(*) AS count FROM changed GROUP BY route
            """, [.textArray(prefixes), .intArray(routes)])
        return Dictionary(
            try rows.map { (try $0.int("route"), Int(try $0.int("count"))) }, uniquingKeysWith: { first, _ in first })
    }

    /// Turned on or off, a rule may meet one that goes the same way: its prefixes join that one.
    static func joinTwin(of id: Int64, enabled: Bool, on session: PostgresSession) throws {
        try session.execute(
            """
            UPDATE route_prefix p SET route = twin.id FROM route r, route twin
            WHERE r.id = $1 AND p.route = r.id AND r.has_prefixes AND twin.has_prefixes AND twin.id <> r.id
            AND twin.conditions = r.conditions AND twin.targets = r.targets AND twin.enabled = $2
            """, [.int(id), .bool(enabled)])
        try removeEmptyRules(on: session)
    }

    /// A rule for numbers that has none left is nobody's.
    static func removeEmptyRules(on session: PostgresSession) throws {
        try session.execute(
            """
            DELETE FROM route r WHERE has_prefixes AND NOT EXISTS (SELECT FROM route_prefix p WHERE p.route = r.id)
            """)
    }
}
