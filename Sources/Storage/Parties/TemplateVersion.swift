import Domain

/// One version of a template as it is stored; `content` is the message template's JSON.
package struct TemplateVersion: Sendable, Hashable {
    /// Somebody has said that it may be sent.
    package struct Approval: Sendable, Hashable {
        package let by: String
        package let at: Timestamp
    }

    package let id: Int64
    package let tenant: Int64
    package let name: String
    package let version: Int64
    package let channel: Channel
    package let content: String
    package let createdAt: Timestamp
    package let approval: Approval?
    /// Whether it may be sent: it was approved, or its tenant does not ask for that.
    package let isReady: Bool

    static let selection = """
        SELECT t.*, (t.approved_at IS NOT NULL OR NOT n.requires_approval) AS is_ready
          FROM template t JOIN tenant n ON n.id = t.tenant
        """

    init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        tenant = try row.int("tenant")
        name = try row.text("name")
        version = try row.int("version")
        guard let channel = Channel(code: try row.int("channel")) else { throw .malformed("template channel") }
        self.channel = channel
        content = try row.text("content")
        createdAt = try row.time("created_at")
        let by = try row.optionalText("approved_by")
        let at = try row.optionalTime("approved_at")
        if let by, let at { approval = Approval(by: by, at: at) } else { approval = nil }
        isReady = try row.bool("is_ready")
    }
}
