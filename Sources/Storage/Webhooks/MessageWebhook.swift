import Domain

/// What one endpoint was told, or is still to be told, of a message.
package struct MessageWebhook: Sendable, Hashable {
    package enum Standing: String, Sendable, Hashable {
        case told
        case waiting
        case givenUp = "given_up"
        /// Came back with a backup: a person has to say whether it is told.
        case held
    }

    /// What receivers know a repetition by.
    package let event: String
    /// When what it tells of happened.
    package let at: Timestamp
    package let kind: WebhookKind
    package let endpoint: Int64
    /// Empty where the endpoint was removed.
    package let url: String
    package let standing: Standing
    package let attempts: Int
    /// The last try, and HTTP's status of what was answered to it; 0 where no answer came.
    package let triedAt: Timestamp?
    package let status: Int
    package let dueAt: Timestamp?

    /// Paths and queries carry keys of those who listen.
    package var host: String {
        guard let scheme = url.firstRange(of: "://") else { return "" }
        return String(url[..<scheme.upperBound] + url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" } + "/…")
    }
}

extension WebhookStore {
    /// The events of a message, for each endpoint that was told or is to be, as long as events are kept.
    package func events(of message: MessageID) async throws -> [MessageWebhook] {
        try await events(of: message...message)[message] ?? []
    }

    /// The same of neighbours in one shard.
    package func events(of messages: ClosedRange<MessageID>) async throws -> [MessageID: [MessageWebhook]] {
        try await database.run { session in
            var events: [MessageID: [MessageWebhook]] = [:]
            let rows = try session.query(
                """
                SELECT n.message, n.id AS event, n.at, n.kind, k.endpoint, e.url, k.state, k.attempts, k.tried_at, k.status, k.due_at
                  FROM webhook_event n
                  JOIN (SELECT t.subject, t.event, t.tenant, t.endpoint, 'told' AS state, t.attempts, t.at AS tried_at, t.status,
                               NULL::timestamptz AS due_at
                          FROM webhook_told t WHERE t.subject BETWEEN $1 AND $2
                        UNION ALL
                        SELECT d.subject, d.event, d.tenant, d.endpoint, d.state, d.attempts, d.tried_at, d.status, d.due_at
                          FROM webhook_endpoint o JOIN webhook_delivery d ON d.endpoint = o.id AND d.subject BETWEEN $1 AND $2) k
                    ON k.subject = n.message AND k.event = n.id AND k.tenant = n.tenant
                  LEFT JOIN webhook_endpoint e ON e.id = k.endpoint
                 WHERE n.message BETWEEN $1 AND $2
                 ORDER BY n.message, n.id, k.endpoint, k.tried_at NULLS LAST, k.state
                """, [.int(messages.lowerBound.rawValue), .int(messages.upperBound.rawValue)])
            for place in 0..<rows.count {
                let row = rows[place]
                events[MessageID(rawValue: try row.int("message")), default: []].append(try MessageWebhook(row: row))
            }
            return events
        }
    }
}

extension MessageWebhook {
    fileprivate init(row: PostgresRow) throws(StorageError) {
        let standing: Standing? =
            switch try row.text("state") {
            case "told": .told
            case "waiting": .waiting
            case "given up": .givenUp
            case "restored": .held
            default: nil
            }
        guard let standing, let kind = WebhookKind(code: try row.int("kind")) else { throw .malformed("event") }
        self.init(
            event: WebhookDelivery.shown(event: try row.int("event")), at: try row.time("at"), kind: kind,
            endpoint: try row.int("endpoint"), url: try row.optionalText("url") ?? "", standing: standing,
            attempts: Int(try row.int("attempts")), triedAt: try row.optionalTime("tried_at"),
            status: Int(try row.int("status")), dueAt: try row.optionalTime("due_at"))
    }
}
