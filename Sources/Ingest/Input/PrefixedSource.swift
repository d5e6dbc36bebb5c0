/// A source of which some bytes were already read to see what it is: they come first again.
package final class PrefixedSource: ByteSource {
    private var head: ArraySlice<UInt8>
    private let rest: any ByteSource

    package init(_ head: [UInt8], then rest: any ByteSource) {
        self.head = head[...]
        self.rest = rest
    }

    package var consumed: Int { rest.consumed - head.count }
    package var total: Int? { rest.total }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int {
        if head.isEmpty { return try rest.read(into: buffer) }
        let count = min(buffer.count, head.count)
        buffer.copyBytes(from: head.prefix(count))
        head = head.dropFirst(count)
        return count
    }

    /// Reads until `count` bytes are there or the source ends.
    package static func head(of source: any ByteSource, _ count: Int) throws(IngestError) -> [UInt8] {
        var head = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let more = try source.read(into: &head, from: filled, count: count - filled)
            if more == 0 { break }
            filled += more
        }
        head.removeLast(count - filled)
        return head
    }
}
