import Domain

/// What a chat message may carry beside its text: members of its JSON options that the vendor knows and that are
/// not ours to set.
enum ChatOptions {
    static func of(_ message: MessageBatch.Message, _ source: RequestSource) -> JSONObject? {
        guard !message.rich.isEmpty else { return nil }
        return (try? JSON.parse(source.batch.bytes.span.extracting(message.rich.range)))?.objectValue
    }

    /// `,"name":value` for each that is allowed.
    static func append(_ options: JSONObject?, allowed: Set<String>, to body: inout RawBytes) {
        guard let options else { return }
        for (name, value) in options where allowed.contains(name) {
            body.append(",")
            body.append(json: name)
            body.append(":" + value.text)
        }
    }
}
