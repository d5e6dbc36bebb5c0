import Domain

/// Who wants to be told of what, and how that goes.
package struct WebhookEndpoint: Sendable, Hashable {
    package enum State: String, Sendable, Hashable {
        case active, disabled
    }

    package let id: Int64
    package let tenant: Int64
    package let tenantName: String
    /// Nil: whatever source of the tenant's.
    package let source: Int64?
    package let sourceName: String?
    package let url: String
    package let kinds: WebhookKinds
    package let label: String
    package let state: State
    package let createdAt: Timestamp
    /// Until when the secret before the last rotation signs too.
    package let formerUntil: Timestamp?
    /// Nothing arrived since.
    package let failingSince: Timestamp?
    package let disabledAt: Timestamp?
    /// Why the last delivery failed, or why it was disabled.
    package let note: String
    package let lastStatus: Int64
    package let delivered: Int64
    package let deliveredAt: Timestamp?
    /// Counted up to `mostCounted`.
    package let waiting: Int64
    package let givenUp: Int64

    package static let mostCounted = 10_000

    static let selection = """
        SELECT e.id, e.tenant, t.name AS tenant_name, e.source, s.name AS source_name, e.url, e.events, e.label, e.state,
               e.created_at, e.former_until, e.failing_since, e.disabled_at, e.note, e.last_status, e.delivered, e.delivered_at,
               (SELECT count(*) FROM (SELECT FROM webhook_delivery d WHERE d.endpoint = e.id AND d.state = 'waiting'
                                       LIMIT \(mostCounted)) w) AS waiting,
               (SELECT count(*) FROM (SELECT FROM webhook_delivery d WHERE d.endpoint = e.id AND d.state = 'given up'
                                       LIMIT \(mostCounted)) g) AS given_up
          FROM webhook_endpoint e JOIN tenant t ON t.id = e.tenant LEFT JOIN source s ON s.id = e.source
        """

    init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        tenant = try row.int("tenant")
        tenantName = try row.text("tenant_name")
        source = try row.optionalInt("source")
        sourceName = try row.optionalText("source_name")
        url = try row.text("url")
        kinds = WebhookKinds(mask: Int32(truncatingIfNeeded: try row.int("events")))
        label = try row.text("label")
        state = State(rawValue: try row.text("state")) ?? .disabled
        createdAt = try row.time("created_at")
        formerUntil = try row.optionalTime("former_until")
        failingSince = try row.optionalTime("failing_since")
        disabledAt = try row.optionalTime("disabled_at")
        note = try row.text("note")
        lastStatus = try row.int("last_status")
        delivered = try row.int("delivered")
        deliveredAt = try row.optionalTime("delivered_at")
        waiting = try row.int("waiting")
        givenUp = try row.int("given_up")
    }

    /// `active`, `failing` or `disabled`.
    package var standing: String { state == .active && failingSince != nil ? "failing" : state.rawValue }

    /// For the audit: what can be said of it.
    var audited: JSON {
        [
            "url": .string(url), "source": sourceName.map { .string($0) } ?? .null,
            "events": .array(kinds.words.map { .string($0) }), "state": .string(state.rawValue),
            "former_until": formerUntil.map { .string($0.description) } ?? .null,
        ]
    }
}
