/// A request's body as a handler reads it: whole, or piece by piece in constant memory. A gzip body comes out
/// unpacked; the limit counts for what was sent and for what it unpacks to. Read it once.
package struct RequestBody: Sendable {
    enum Source: Sendable {
        case whole([UInt8])
        case arriving(BodyPipe)
    }

    static let empty = RequestBody(.whole([]), headers: HTTPHeaders(), limit: 0)

    let source: Source
    let isGzip: Bool
    let limit: Int

    init(_ source: Source, headers: HTTPHeaders, limit: Int) {
        self.source = source
        self.limit = limit
        isGzip = headers.isValue(of: "content-encoding", "gzip") || headers.isValue(of: "content-encoding", "x-gzip")
    }

    /// Waits for the rest where there is one.
    package func bytes() async throws(BodyFault) -> [UInt8] {
        if case .whole(let bytes) = source, !isGzip { return bytes }
        var bytes: [UInt8] = []
        var pieces = pieces()
        while let piece = try await pieces.next() {
            if bytes.isEmpty { bytes = piece } else { bytes.append(contentsOf: piece) }
            if bytes.count > limit { throw .tooLarge(limit: limit) }
        }
        return bytes
    }

    package func pieces() -> BodyPieces { BodyPieces(self) }
}
