import Domain

/// One way to recognise a reply: by its status, and where a field is named, by a value in its body.
struct ReplyMatch: Sendable, Hashable {
    var statuses: StatusSet
    var field: JSONPath?
    /// The texts that the field may have. Empty: it need only be there.
    var equals: [[UInt8]] = []

    /// `body` is nil where the reply is no JSON.
    func matches(status: Int, body: Span<UInt8>?) -> Bool {
        guard statuses.contains(status) else { return false }
        guard let field else { return true }
        guard let body, let found = field.find(in: body) else { return false }
        guard let text = found.text(in: body) else { return equals.isEmpty && found.kind != .null }
        return equals.isEmpty || equals.contains(text)
    }
}
