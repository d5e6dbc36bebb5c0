import Domain

/// Opens and closes alerts within the transaction of one look, with all that follows from it: the pause of a source, its
/// entry in the audit log, and the event for those who listen.
package struct AlertBook {
    let session: PostgresSession

    package init(on session: PostgresSession) { self.session = session }

    package struct Open: Sendable, Hashable {
        package let id: Int64
        package let rule: Int64
        package let subject: String
        package private(set) var seenAt: Timestamp
        package let measure: AlertMeasure
        package let direction: AlertDirection
        package let tenant: Int64?
        package let source: Int64?
        package let provider: Int64?
        package let isPart: Bool

        package func seen(at now: Timestamp) -> Open {
            var open = self
            open.seenAt = now
            return open
        }
    }

    package func rules() throws -> [AlertRuleStore.Stored] { try AlertRuleStore.rules(on: session) }

    package func open() throws -> [Open] {
        try session.query(
            "SELECT id, rule, subject, seen_at, measure, direction, tenant, source, provider, part_of FROM alert WHERE state = 'open' ORDER BY id"
        ).map { row in
            guard let measure = AlertMeasure(rawValue: try row.text("measure")),
                let direction = AlertDirection(rawValue: try row.text("direction"))
            else { throw StorageError.malformed("alert \(try row.int("id"))") }
            return Open(
                id: try row.int("id"), rule: try row.int("rule"), subject: try row.text("subject"),
                seenAt: try row.time("seen_at"), measure: measure, direction: direction,
                tenant: try row.optionalInt("tenant"),
                source: try row.optionalInt("source"), provider: try row.optionalInt("provider"),
                isPart: try row.optionalInt("part_of") != nil)
        }
    }

    /// A trouble that was found.
    package struct Found: Sendable {
        package let rule: AlertRuleStore.Stored
        package let subject: RateSubject
        package let verdict: SeriesVerdict
        package let weeks: Int
        package let partOf: Int64?

        package init(
            rule: AlertRuleStore.Stored, subject: RateSubject, verdict: SeriesVerdict, weeks: Int, partOf: Int64?
        ) {
            self.rule = rule
            self.subject = subject
            self.verdict = verdict
            self.weeks = weeks
            self.partOf = partOf
        }
    }

    package func open(_ found: Found, at now: Timestamp) throws -> StoredAlert {
        let (rule, subject) = (found.rule.rule, found.subject)
        let id = try session.query(
            """
            INSERT INTO alert (rule, rule_name, tenant, source, provider, country, prefix, currency, subject, measure, dimension,
                               direction, opened_at, seen_at, tell_at, spell, value, worst, usual, weeks, part_of)
            VALUES ($1, $2, $3::bigint, $4::bigint, $5::bigint, $6, $7, $8, $9, $10, $11, $12, $13, $13, $13, $14, $15, $15, $16, $17,
                    $18::bigint)
            RETURNING id
            """,
            [
                .int(found.rule.id), .text(rule.name), .optional(subject.tenant), .optional(subject.source),
                .optional(subject.provider), .text(subject.country), .text(subject.prefix), .text(subject.currency),
                .text(subject.key), .text(rule.measure.rawValue), .text(rule.dimension.rawValue),
                .text(rule.direction.rawValue), .time(now), .text(found.verdict.spell.rawValue),
                .int(found.verdict.value), .int(found.verdict.usual), .number(found.weeks), .optional(found.partOf),
            ])[0].int("id")
        if rule.pausesSource, let source = subject.source {
            let audit = AuditOrigin(actor: "rule:\(rule.name)", origin: "alert \(id)")
            if try SourcePause.set(
                on: session, source: source, by: audit.actor, at: now, includesCritical: rule.includesCritical,
                audit: audit)
            {
                try session.execute("UPDATE alert SET paused = true WHERE id = $1", [.int(id)])
            }
        }
        guard let alert = try AlertStore.alert(id, on: session) else { throw StorageError.malformed("no alert \(id)") }
        if found.partOf == nil { try tell(.alertOpened, of: alert, source: subject.source, at: now) }
        return alert
    }

    package func goOn(_ id: Int64, _ verdict: SeriesVerdict, _ direction: AlertDirection, at now: Timestamp) throws {
        try session.execute(
            """
            UPDATE alert SET seen_at = $2, value = $3,
                   worst = CASE WHEN $4 THEN greatest(worst, $3) ELSE least(worst, $3) END WHERE id = $1
            """, [.int(id), .time(now), .int(verdict.value), .bool(direction == .rise)])
    }

    package func close(_ open: Open, at now: Timestamp) throws -> StoredAlert? {
        try session.execute(
            "UPDATE alert SET state = 'closed', closed_at = $2 WHERE id = $1", [.int(open.id), .time(now)])
        guard let alert = try AlertStore.alert(open.id, on: session) else { return nil }
        if !open.isPart { try tell(.alertClosed, of: alert, source: open.source, at: now) }
        return alert
    }

    /// Into the outbox, where somebody of the tenant listens.
    private func tell(_ kind: WebhookKind, of alert: StoredAlert, source: Int64?, at now: Timestamp) throws {
        guard let tenant = alert.tenant else { return }
        let wanted = try session.query(
            "SELECT webhooks_wanted($1::int, $2::int) >> $3::int & 1 = 1 AS wanted",
            [.int(tenant), .optional(source), .int(Int64(kind.code))])[0].optionalBool("wanted")
        guard wanted == true else { return }
        // First: a part can't be made while rows are being written.
        let day = try session.query("SELECT (current_day_part('webhook_event')).day AS day")[0].int("day")
        try session.execute(
            """
            INSERT INTO webhook_event (at, campaign, tenant, source, day, kind, facts)
            VALUES ($1, -$2::bigint, $3, $4::bigint, $5, $6, $7::text::json)
            """,
            [
                .time(now), .int(alert.id), .int(tenant), .optional(source), .int(day), .int(Int64(kind.code)),
                .text(JSON.object(alert.facts).text),
            ])
    }
}

extension AlertBook.Open {
    /// One that was opened just now.
    package init(_ alert: StoredAlert, rule: Int64, _ subject: RateSubject) {
        self.init(
            id: alert.id, rule: rule, subject: subject.key, seenAt: alert.seenAt, measure: alert.measure,
            direction: alert.direction, tenant: subject.tenant, source: subject.source, provider: subject.provider,
            isPart: alert.partOf != nil)
    }
}

extension StoredAlert {
    /// As machines read it. Who looks after it is for those inside.
    package var json: JSON {
        var object = facts
        object["acknowledged_at"] = acknowledgedAt.map { .string($0.description) } ?? .null
        object["acknowledged_by"] = acknowledgedBy.isEmpty ? .null : .string(acknowledgedBy)
        return .object(object)
    }

    /// What others are told: numbers, and names that they gave themselves.
    package var facts: JSONObject {
        var object = JSONObject()
        object["id"] = .string(String(id))
        object["rule"] = .string(ruleName)
        object["state"] = .string(isOpen ? "open" : "closed")
        object["measure"] = .string(measure.rawValue)
        object["by"] = .string(dimension.rawValue)
        object["direction"] = .string(direction.rawValue)
        object["tenant"] = tenantName.map { .string($0) } ?? .null
        object["source"] = sourceName.map { .string($0) } ?? .null
        object["provider"] = providerName.map { .string($0) } ?? .null
        object["country"] = country.isEmpty ? .null : .string(country)
        object["prefix"] = prefix.isEmpty ? .null : .string(prefix)
        object["value"] = number(value)
        object["worst"] = number(worst)
        object["usual"] = number(usual)
        object["currency"] = currency.isEmpty ? .null : .string(currency)
        object["weeks"] = .int(weeks)
        object["period"] = .string(spell)
        object["opened_at"] = .string(openedAt.description)
        object["seen_at"] = .string(seenAt.description)
        object["closed_at"] = closedAt.map { .string($0.description) } ?? .null
        object["part_of"] = partOf.map { .string(String($0)) } ?? .null
        object["source_paused"] = .bool(pausedSource)
        return object
    }

    /// Messages, a part of all, seconds, or an amount as decimals.
    private func number(_ value: Int64) -> JSON {
        switch measure {
        case .volume: .int(value)
        case .cost: .string(PriceText.decimal(value))
        case .failure, .delivery, .latency: .double(Double(value) / 1_000_000)
        }
    }
}
