/// Reads `multipart/form-data` as it arrives: a part, its content piece by piece, the next part. In constant memory,
/// and with a limit to everything a client decides: parts, headers, names; the content has the route's.
package struct MultipartReader {
    private var pieces: BodyPieces
    private var scanner: MultipartScanner
    private var isInside = false

    /// Nil where the request isn't a form in parts.
    package init?(_ request: HTTPRequest, maximumParts: Int = 100) {
        guard let type = request.headers["content-type"], let parameters = HeaderParameters(type[...]),
            parameters.value == "multipart/form-data", let boundary = parameters["boundary"],
            let scanner = MultipartScanner(boundary: boundary, limits: .init(parts: maximumParts))
        else { return nil }
        self.scanner = scanner
        pieces = request.content.pieces()
    }

    /// The next part, nil behind the last. What wasn't read of the one before is passed over.
    package mutating func nextPart() async throws -> MultipartPart? {
        while isInside, try await nextPiece() != nil {}
        switch try await event() {
        case .part(let part):
            isInside = true
            return part
        case .end:
            while try await pieces.next() != nil {}
            return nil
        case .needsMore, .bytes, .partEnd: throw MultipartFault.malformed
        }
    }

    /// More of the part's content, nil at its end.
    package mutating func nextPiece() async throws -> [UInt8]? {
        guard isInside else { return nil }
        if case .bytes(let bytes) = try await event() { return bytes }
        isInside = false
        return nil
    }

    private mutating func event() async throws -> MultipartScanner.Event {
        while true {
            let event = try scanner.step()
            guard case .needsMore = event else { return event }
            guard let piece = try await pieces.next() else { throw MultipartFault.malformed }
            scanner.feed(piece)
        }
    }
}
