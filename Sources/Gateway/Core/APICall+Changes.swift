import Domain
import HTTPServer
import Jobs
import Storage

/// What handlers need that change something.
extension APICall {
    /// Who did it, as the audit log names him.
    var audit: AuditOrigin { AuditOrigin(actor: caller.shownKey, origin: request.client.description) }

    /// The other processes hear of it from the database; whoever asks this one next sees it at once.
    func configurationChanged() {
        access.forget()
        streams.forget()
        readers.forget()
    }

    /// The body as an object whose members are read one by one. `read` names what is wrong; all of it is thrown together.
    func fields<T>(_ read: (FieldReader) throws -> T) async throws -> T {
        let faults = FieldReader.Faults()
        let reader = FieldReader(try FieldReader.parse(try await body()), faults: faults)
        let value = try read(reader)
        reader.refuseOthers()
        try faults.throwIfAny()
        return value
    }

    /// The same where a request may do without a body.
    func optionalFields<T>(_ read: (FieldReader) throws -> T) async throws -> T {
        let bytes = try await body()
        let faults = FieldReader.Faults()
        let reader = try FieldReader(bytes.isEmpty ? [:] : FieldReader.parse(bytes), faults: faults)
        let value = try read(reader)
        reader.refuseOthers()
        try faults.throwIfAny()
        return value
    }
}

extension JSON {
    static func time(_ time: Timestamp?) -> JSON { time.map { .string($0.description) } ?? .null }
    static func words(_ words: [String]) -> JSON { .array(words.map { .string($0) }) }
    static func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
}

extension HTTPResponse {
    static let nothing = HTTPResponse(status: 204)

    static func created(_ json: JSON, at location: String) -> HTTPResponse {
        .json(json, status: 201).adding([("Location", location)])
    }
}
