import Domain

/// A campaign as it stands.
package struct Campaign: Sendable, Hashable {
    package let id: Int64
    package let tenant: Int64
    package let tenantName: String
    package let source: Int64?
    package let sourceName: String
    package let template: Int64
    package let templateName: String
    package let name: String
    package let channel: Channel
    package let category: Category
    package let priority: Priority
    package let state: CampaignState
    package let dueAt: Timestamp
    package let expiresAt: Timestamp
    package let note: String
    package let resendOf: Int64?
    package let columns: String
    package let dedupe: String
    package let recipients: Int64
    package let rejected: Int64
    package let duplicates: Int64
    package let rejectedBy: String
    package let createdAt: Timestamp
    package let startedAt: Timestamp?
    package let finishedAt: Timestamp?
    /// Messages that came one by one, not somebody's campaign.
    package let isStream: Bool
    /// What was asked for, as JSON, as long as it is a draft.
    package let settings: String?

    static let selection = """
        SELECT c.*, t.name AS tenant_name, coalesce(s.name, '') AS source_name, p.name AS template_name
        FROM campaign c JOIN tenant t ON t.id = c.tenant JOIN template p ON p.id = c.template
        LEFT JOIN source s ON s.id = c.source
        """

    init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        tenant = try row.int("tenant")
        tenantName = try row.text("tenant_name")
        source = try row.optionalInt("source")
        sourceName = try row.text("source_name")
        template = try row.int("template")
        templateName = try row.text("template_name")
        name = try row.text("name")
        guard let channel = Channel(code: try row.int("channel")),
            let category = Category(code: try row.int("category")),
            let priority = Priority(rawValue: Int16(try row.int("priority"))),
            let state = CampaignState(rawValue: try row.text("state"))
        else { throw .malformed("campaign") }
        self.channel = channel
        self.category = category
        self.priority = priority
        self.state = state
        dueAt = try row.time("due_at")
        expiresAt = try row.time("expires_at")
        note = try row.text("note")
        resendOf = try row.optionalInt("resend_of")
        columns = try row.text("columns")
        dedupe = try row.text("dedupe")
        recipients = try row.int("recipients")
        rejected = try row.int("rejected")
        duplicates = try row.int("duplicates")
        rejectedBy = try row.text("rejected_by")
        createdAt = try row.time("created_at")
        startedAt = try row.optionalTime("started_at")
        finishedAt = try row.optionalTime("finished_at")
        isStream = try row.bool("stream")
        settings = try row.optionalText("draft")
    }
}

/// How far a campaign is: final messages by state, and what they cost by currency.
package struct CampaignProgress: Sendable, Hashable {
    package var byState: [MessageState: Int64] = [:]
    package var segments: Int64 = 0
    package var attempts: Int64 = 0
    package var cost: [String: Int64] = [:]

    package init() {}

    package var done: Int64 { byState.values.reduce(0, +) }
    package subscript(state: MessageState) -> Int64 { byState[state] ?? 0 }
}
