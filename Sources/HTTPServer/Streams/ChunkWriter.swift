/// Where a response body that is made in pieces is written to. A write waits while the client has too much before it.
package struct ChunkWriter: Sendable {
    let body: ChunkBody

    /// Throws where the client is gone, or the server stops.
    package func write(_ bytes: [UInt8]) async throws(BodyFault) { try await body.write(bytes) }
}

extension HTTPResponse {
    /// An answer that a task writes piece by piece, at the pace of the client. It begins when the head has gone out;
    /// if it throws, the connection breaks off, so that the client doesn't take a part for the whole.
    package static func chunks(
        _ status: Int = 200, headers: [(name: String, value: String)], length: Int? = nil,
        _ work: @escaping @Sendable (ChunkWriter) async throws -> Void
    ) -> HTTPResponse {
        HTTPResponse(status: status, headers: headers, body: .stream(ChunkBody(work), length: length))
    }

    package static func chunks<Pieces: AsyncSequence & Sendable>(
        _ status: Int = 200, headers: [(name: String, value: String)], length: Int? = nil, _ pieces: Pieces
    ) -> HTTPResponse where Pieces.Element == [UInt8] {
        chunks(status, headers: headers, length: length) { writer in
            for try await piece in pieces { try await writer.write(piece) }
        }
    }
}
