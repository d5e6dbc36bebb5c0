import Domain

/// What one endpoint was told, or is still to be told, of a message.
package struct MessageWebhook: Sendable, Hashable {
    package enum Standing: String, Sendable, Hashable {
        case told
        case waiting
        case givenUp = "given_up"
    }

    /// When what it tells of happened.
    package let at: Timestamp
    package let kind: WebhookKind
    package let endpoint: Int64
    package let url: String
    package let standing: Standing
    /// Tries so far of what is not told yet.
    package let attempts: Int
    package let dueAt: Timestamp?
}

extension WebhookStore {
    /// The events of a message, for each endpoint that wanted them, as long as events are kept. A delivery leaves no row
    /// behind: where an endpoint that was there wanted the event and nothing waits, it was told.
    package func events(of message: MessageID) async throws -> [MessageWebhook] {
        try await database.run { session in
            try session.query(
                """
                SELECT n.at, n.kind, e.id, e.url, d.state, d.attempts, d.due_at
                  FROM webhook_event n
                  JOIN webhook_endpoint e
                    ON e.tenant = n.tenant AND (e.source IS NULL OR e.source = n.source) AND e.events >> n.kind & 1 = 1
                  LEFT JOIN webhook_delivery d ON d.endpoint = e.id AND d.subject = $1 AND d.event = n.id
                 WHERE n.message = $1 AND (d.event IS NOT NULL OR e.created_at <= n.stored_at AND e.state = 'active')
                 ORDER BY n.id, e.id
                """, [.int(message.rawValue)]
            ).map { row in
                let state = try row.optionalText("state")
                guard let kind = WebhookKind(code: try row.int("kind")) else { throw StorageError.malformed("event") }
                return MessageWebhook(
                    at: try row.time("at"), kind: kind, endpoint: try row.int("id"), url: try row.text("url"),
                    standing: state.map { $0 == "waiting" ? .waiting : .givenUp } ?? .told,
                    attempts: Int(try row.optionalInt("attempts") ?? 0), dueAt: try row.optionalTime("due_at"))
            }
        }
    }
}
