import Domain

/// The rules of what is trouble.
package struct AlertRuleStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    package struct Stored: Sendable, Hashable {
        package let id: Int64
        package let rule: AlertRule
        package let tenantName: String?
        package let sourceName: String?
    }

    package func rules() async throws -> [Stored] { try await database.run { try Self.rules(on: $0) } }

    static func rules(on session: PostgresSession) throws -> [Stored] {
        try session.query(
            """
            SELECT r.id, r.name, r.tenant, r.source, r.measure, r.dimension, r.direction, r.threshold, r.min_count, r.pauses,
                   r.includes_critical, r.muted, t.name AS tenant_name, s.name AS source_name
              FROM alert_rule r LEFT JOIN tenant t ON t.id = r.tenant LEFT JOIN source s ON s.id = r.source ORDER BY r.id
            """
        ).map { try Stored(row: $0) }
    }

    package enum Adding: Sendable, Hashable {
        case added
        /// There is one of this name.
        case nameTaken
        /// This one says something of the same already.
        case sameAs(String)
    }

    package func add(_ rule: AlertRule, audit: AuditOrigin) async throws -> Adding {
        try await database.transaction { session in
            let rules = try Self.rules(on: session).map(\.rule)
            if rules.contains(where: { $0.name == rule.name }) { return .nameTaken }
            let same = rules.first {
                $0.tenant == rule.tenant && $0.source == rule.source && $0.measure == rule.measure
                    && $0.dimension == rule.dimension && $0.direction == rule.direction
            }
            if let same { return .sameAs(same.name) }
            try session.execute(
                """
                INSERT INTO alert_rule (name, tenant, source, measure, dimension, direction, threshold, min_count, pauses,
                                        includes_critical, muted)
                VALUES ($1, $2::bigint, $3::bigint, $4, $5, $6, $7, $8, $9, $10, $11)
                """,
                [
                    .text(rule.name), .optional(rule.tenant), .optional(rule.source), .text(rule.measure.rawValue),
                    .text(rule.dimension.rawValue), .text(rule.direction.rawValue),
                    .int(Int64((rule.threshold * 1_000_000).rounded())), .int(rule.minCount), .bool(rule.pausesSource),
                    .bool(rule.includesCritical), .bool(rule.isMuted),
                ])
            try AuditEntry("alert_rule.add", rule.name, by: audit, tenant: rule.tenant, after: rule.audited)
                .store(on: session)
            return .added
        }
    }

    /// What it opened stays, and ends with the next look. False where there is none such.
    package func remove(_ name: String, audit: AuditOrigin) async throws -> Bool {
        try await database.transaction { session in
            guard let old = try Self.rules(on: session).first(where: { $0.rule.name == name }) else { return false }
            try session.execute("DELETE FROM alert_rule WHERE id = $1", [.int(old.id)])
            try AuditEntry("alert_rule.remove", name, by: audit, tenant: old.rule.tenant, before: old.rule.audited)
                .store(on: session)
            return true
        }
    }
}

extension AlertRuleStore.Stored {
    init(row: PostgresRow) throws {
        id = try row.int("id")
        guard let measure = AlertMeasure(rawValue: try row.text("measure")),
            let dimension = AlertDimension(rawValue: try row.text("dimension")),
            let direction = AlertDirection(rawValue: try row.text("direction"))
        else { throw StorageError.malformed("alert rule \(id)") }
        var rule = AlertRule(
            name: try row.text("name"), tenant: try row.optionalInt("tenant"), source: try row.optionalInt("source"),
            measure: measure, dimension: dimension, direction: direction,
            threshold: Double(try row.int("threshold")) / 1_000_000, minCount: try row.int("min_count"))
        rule.pausesSource = try row.bool("pauses")
        rule.includesCritical = try row.bool("includes_critical")
        rule.isMuted = try row.bool("muted")
        self.rule = rule
        tenantName = try row.optionalText("tenant_name")
        sourceName = try row.optionalText("source_name")
    }
}

extension AlertRule {
    var audited: JSON {
        [
            "measure": .string(measure.rawValue), "by": .string(dimension.rawValue),
            "direction": .string(direction.rawValue), "threshold": .double(threshold), "min_count": .int(minCount),
            "pauses": .bool(pausesSource), "includes_critical": .bool(includesCritical), "muted": .bool(isMuted),
        ]
    }
}
