import Domain

/// A trouble that was found, with the names that people know.
package struct StoredAlert: Sendable, Hashable {
    package let id: Int64
    package let ruleName: String
    package let tenant: Int64?
    package let tenantName: String?
    package let sourceName: String?
    package let providerName: String?
    package let country: String
    package let prefix: String
    package let currency: String
    package let measure: AlertMeasure
    package let dimension: AlertDimension
    package let direction: AlertDirection
    package let isOpen: Bool
    package let openedAt: Timestamp
    package let seenAt: Timestamp
    package let closedAt: Timestamp?
    package let spell: String
    package let value: Int64
    package let worst: Int64
    package let usual: Int64
    package let weeks: Int64
    package let partOf: Int64?
    package let pausedSource: Bool
    package let acknowledgedAt: Timestamp?
    package let acknowledgedBy: String

    static let selection = """
        SELECT a.*, t.name AS tenant_name, s.name AS source_name, p.name AS provider_name
          FROM alert a LEFT JOIN tenant t ON t.id = a.tenant LEFT JOIN source s ON s.id = a.source
          LEFT JOIN provider p ON p.id = a.provider
        """

    init(row: PostgresRow) throws {
        id = try row.int("id")
        guard let measure = AlertMeasure(rawValue: try row.text("measure")),
            let dimension = AlertDimension(rawValue: try row.text("dimension")),
            let direction = AlertDirection(rawValue: try row.text("direction"))
        else { throw StorageError.malformed("alert \(id)") }
        (self.measure, self.dimension, self.direction) = (measure, dimension, direction)
        ruleName = try row.text("rule_name")
        tenant = try row.optionalInt("tenant")
        tenantName = try row.optionalText("tenant_name")
        sourceName = try row.optionalText("source_name")
        providerName = try row.optionalText("provider_name")
        country = try row.text("country")
        prefix = try row.text("prefix")
        currency = try row.text("currency")
        isOpen = try row.text("state") == "open"
        openedAt = try row.time("opened_at")
        seenAt = try row.time("seen_at")
        closedAt = try row.optionalTime("closed_at")
        spell = try row.text("spell")
        value = try row.int("value")
        worst = try row.int("worst")
        usual = try row.int("usual")
        weeks = try row.int("weeks")
        partOf = try row.optionalInt("part_of")
        pausedSource = try row.bool("paused")
        acknowledgedAt = try row.optionalTime("acknowledged_at")
        acknowledgedBy = try row.text("acknowledged_by")
    }
}
