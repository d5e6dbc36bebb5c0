import Domain

/// What is to be told once more.
package enum WebhookReplay: Sendable, Hashable {
    /// What was stored within a time, by the database's clock.
    case stored(from: Timestamp, until: Timestamp)
    case event(Int64)
    /// What was given up.
    case givenUp

    fileprivate var word: JSON {
        switch self {
        case .stored(let from, let until): ["since": .string(from.description), "until": .string(until.description)]
        case .event(let id): ["event": .string(WebhookDelivery.shown(event: id))]
        case .givenUp: ["given_up": true]
        }
    }
}

extension WebhookStore {
    /// Puts events into an endpoint's queue again, as far as it wants them, under the same ids. Returns how many.
    package func replay(_ what: WebhookReplay, to endpoint: WebhookEndpoint, audit: AuditOrigin) async throws -> Int {
        try await database.transaction { session in
            let count: Int64
            switch what {
            case .stored(let from, let until):
                count = try Self.queue(
                    "v.stored_at >= $2 AND v.stored_at < $3", [.time(from), .time(until)], endpoint.id, session)
            case .event(let id): count = try Self.queue("v.id = $2", [.int(id)], endpoint.id, session)
            case .givenUp:
                count = try session.query(
                    """
                    WITH again AS (
                        UPDATE webhook_delivery SET state = 'waiting', attempts = 0, due_at = clock_timestamp(), queued_at = clock_timestamp()
                         WHERE endpoint = $1 AND state = 'given up' RETURNING 1
                    ) SELECT count(*) AS count FROM again
                    """, [.int(endpoint.id)])[0].int("count")
            }
            guard count > 0 else { return 0 }
            try AuditEntry(
                "webhook.replay", String(endpoint.id), by: audit, tenant: endpoint.tenant, before: what.word,
                after: ["events": .int(count)]
            ).store(on: session)
            return Int(count)
        }
    }

    /// One that waits already is due at once.
    private static func queue(
        _ condition: String, _ values: [PostgresValue], _ endpoint: Int64, _ session: PostgresSession
    ) throws -> Int64 {
        try session.query(
            """
            WITH queued AS (
                INSERT INTO webhook_delivery AS d (endpoint, subject, event, day, tenant, due_at, queued_at)
                SELECT e.id, coalesce(v.message, -v.campaign), v.id, v.day, v.tenant, clock_timestamp(), clock_timestamp()
                  FROM webhook_endpoint e JOIN webhook_event v
                    ON v.tenant = e.tenant AND (e.source IS NULL OR e.source = v.source) AND e.events >> v.kind & 1 = 1
                 WHERE e.id = $1 AND \(condition)
                ON CONFLICT (endpoint, subject, event) DO UPDATE
                SET state = 'waiting', attempts = 0, due_at = excluded.due_at, queued_at = excluded.queued_at
                RETURNING 1
            ) SELECT count(*) AS count FROM queued
            """, [.int(endpoint)] + values)[0].int("count")
    }
}
