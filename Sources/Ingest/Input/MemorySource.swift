/// Bytes that are already in memory: the body of an API request. Handed out in pieces of at most
/// `piece` bytes, so that tests can cut the input at every place.
package final class MemorySource: ByteSource {
    private let bytes: [UInt8]
    private let piece: Int
    package private(set) var consumed = 0

    package init(_ bytes: [UInt8], piece: Int = .max) {
        self.bytes = bytes
        self.piece = piece
    }

    package var total: Int? { bytes.count }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int {
        let count = min(buffer.count, piece, bytes.count - consumed)
        buffer.copyBytes(from: bytes[consumed..<consumed + count])
        consumed += count
        return count
    }
}
