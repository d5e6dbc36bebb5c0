import Domain

/// Pieces of JSON bodies that email vendors share. Subjects are kept to one line: a vendor puts them into a header.
extension RawBytes {
    mutating func append(json text: FieldRange, of source: RequestSource) {
        source.with(text) { append(json: $0) }
    }

    mutating func append(subject: FieldRange, of source: RequestSource) {
        append(json: Self.line(subject, of: source))
    }

    static func line(_ subject: FieldRange, of source: RequestSource) -> [UInt8] {
        var bytes = source.bytes(subject)
        HeaderText.fold(&bytes, from: 0)
        return bytes
    }

    /// `{"email":…,"name":…}`
    mutating func append(person: EmailSender) {
        append("{\"email\":")
        append(json: person.address)
        if !person.name.isEmpty {
            append(",\"name\":")
            append(json: person.name)
        }
        append("}")
    }

    /// Lets the value be written between quotes as JSON.
    mutating func appendQuotedID(_ id: MessageID) {
        append("\"")
        append(decimal: id.rawValue)
        append("\"")
    }
}
