/// The pieces of a body, in order. None is empty; nil is the end.
package struct BodyPieces {
    private var source: RequestBody.Source
    private let inflater: Inflater?

    init(_ body: RequestBody) {
        source = body.source
        inflater = body.isGzip ? Inflater(limit: body.limit) : nil
    }

    package mutating func next() async throws(BodyFault) -> [UInt8]? {
        guard let inflater else { return try await sent() }
        while true {
            if let piece = try inflater.next() { return piece }
            guard let piece = try await sent() else {
                try inflater.finish()
                return nil
            }
            inflater.feed(piece)
        }
    }

    private mutating func sent() async throws(BodyFault) -> [UInt8]? {
        switch source {
        case .arriving(let pipe): return try await pipe.next()
        case .whole(let bytes):
            source = .whole([])
            return bytes.isEmpty ? nil : bytes
        }
    }
}
