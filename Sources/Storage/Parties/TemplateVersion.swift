import Domain

/// One version of a template as it is stored; `content` is the message template's JSON.
package struct TemplateVersion: Sendable, Hashable {
    package let id: Int64
    package let tenant: Int64
    package let name: String
    package let version: Int64
    package let channel: Channel
    package let content: String

    init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        tenant = try row.int("tenant")
        name = try row.text("name")
        version = try row.int("version")
        guard let channel = Channel(code: try row.int("channel")) else { throw .malformed("template channel") }
        self.channel = channel
        content = try row.text("content")
    }
}
