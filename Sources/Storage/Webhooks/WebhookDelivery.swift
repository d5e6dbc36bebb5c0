import Domain

/// An event that was taken up to be told to one endpoint, with all that goes into it.
package struct WebhookDelivery: Sendable {
    package let endpoint: Int64
    package let subject: Int64
    package let event: Int64
    /// This one included.
    package let attempt: Int
    package let queuedAt: Timestamp
    /// The database's clock as it was taken up.
    package let now: Timestamp
    package let url: String
    /// Sealed; the one before last.
    package let secrets: [[UInt8]]
    /// Nil where the event is gone: it is too old.
    package let content: Content?

    package struct Content: Sendable {
        package let kind: WebhookKind
        package let at: Timestamp
        /// As `WebhookEventRow.facts` and `tell_campaign_end` write them.
        package let facts: JSON
        package let campaign: Int64
        package let campaignName: String
        package let isStream: Bool
        package let category: String
        package let message: Int64?
        package let sourceName: String?
        package let reference: String
        package let metadata: String?
    }

    /// The event's name everywhere outside: what receivers know a repetition by.
    package static func shown(event id: Int64) -> String { "evt_\(id)" }

    /// Nil for what is no event's name.
    package static func event(named text: some StringProtocol) -> Int64? {
        let digits = text.hasPrefix("evt_") ? text.dropFirst(4) : text[...]
        guard let id = Int64(digits), id > 0, String(id) == digits else { return nil }
        return id
    }

    package var webhookID: String { Self.shown(event: event) }
}

extension WebhookDelivery {
    static let selection = """
        SELECT d.endpoint, d.subject, d.event, d.attempts, d.queued_at, clock_timestamp() AS now, e.url, e.tenant, e.secret,
               CASE WHEN e.former_until > clock_timestamp() THEN e.former_secret END AS former_secret,
               v.at, v.kind, v.facts::text AS facts, v.campaign, v.message, c.name AS campaign_name, c.stream, c.category,
               s.name AS source_name, n.reference, n.sealed AS metadata, t.sealed_key
          FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY k (endpoint, subject, event, day, place)
          JOIN webhook_delivery d ON d.endpoint = k.endpoint AND d.subject = k.subject AND d.event = k.event
          JOIN webhook_endpoint e ON e.id = d.endpoint JOIN tenant t ON t.id = e.tenant
          LEFT JOIN webhook_event v ON v.day = k.day AND v.id = k.event
          LEFT JOIN campaign c ON c.id = v.campaign LEFT JOIN source s ON s.id = v.source
          LEFT JOIN message_note n ON n.message = v.message
         ORDER BY k.place
        """

    init(row: PostgresRow, keys: KeyRing) throws {
        endpoint = try row.int("endpoint")
        subject = try row.int("subject")
        event = try row.int("event")
        attempt = Int(try row.int("attempts"))
        queuedAt = try row.time("queued_at")
        now = try row.time("now")
        url = try row.text("url")
        secrets = [try row.bytes("secret")] + (try row.optionalBytes("former_secret").map { [$0] } ?? [])
        guard let kind = try row.optionalInt("kind").flatMap({ WebhookKind(code: $0) }),
            let at = try row.optionalTime("at"),
            let facts = try row.optionalText("facts"), let campaign = try row.optionalInt("campaign")
        else {
            content = nil
            return
        }
        let category = try row.optionalInt("category").flatMap { Category(code: $0) }
        let sealed = try row.optionalBytes("metadata")
        let key = try keys.key(tenant: row.int("tenant"), sealed: row.bytes("sealed_key"))
        content = Content(
            kind: kind, at: at, facts: (try? JSON.parse(facts)) ?? .null, campaign: campaign,
            campaignName: try row.optionalText("campaign_name") ?? "",
            isStream: try row.optionalInt("campaign") == nil ? false : row.bool("stream"),
            category: category?.rawValue ?? "", message: try row.optionalInt("message"),
            sourceName: try row.optionalText("source_name"), reference: try row.optionalText("reference") ?? "",
            metadata: try sealed.map { try key.openNote($0) })
    }
}
