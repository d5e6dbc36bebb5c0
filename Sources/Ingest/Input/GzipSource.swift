private import CZlib

/// The bytes inside a gzip file, which may be several members one after another. The only owner of zlib.
///
/// A member that stops before its end is an error, so a file that was cut off is never taken for whole.
/// Against bombs there are two limits: `limit` bytes in all, and, past 256 MiB, 400 times the stored
/// size (deflate reaches 1,032; tables of recipients stay under 50).
package final class GzipSource: ByteSource {
    private static let ratioLimit = 400
    private static let ratioFreeBytes = 256 << 20

    private let source: any ByteSource
    private let limit: Int
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableRawBufferPointer
    private var produced = 0
    private var insideMember = true
    private var finished = false

    /// `source` stands at the first byte of the first member.
    package init(_ source: any ByteSource, limit: Int) throws(IngestError) {
        self.source = source
        self.limit = limit
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        input = .allocate(byteCount: 64 << 10, alignment: 16)
        // 15 bits of window, +16 for the gzip wrapper.
        let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .gzipDamaged(reason: "zlib cannot start") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    package var consumed: Int { source.consumed - Int(stream.pointee.avail_in) }
    package var total: Int? { source.total }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int {
        guard !finished, buffer.count > 0 else { return 0 }
        let room = min(buffer.count, Int(UInt32.max))
        stream.pointee.next_out = buffer.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(room)
        while stream.pointee.avail_out == UInt32(room) {
            if stream.pointee.avail_in == 0, try !refill() {
                if insideMember { throw .gzipTruncated }
                finished = true
                return 0
            }
            if !insideMember, try !startMember() {
                finished = true
                return 0
            }
            try advance()
        }
        let count = room - Int(stream.pointee.avail_out)
        produced += count
        let expanded = produced > Self.ratioFreeBytes && produced / Self.ratioLimit > source.consumed
        if produced > limit || expanded { throw .expandsTooMuch(limit: limit) }
        return count
    }

    private func advance() throws(IngestError) {
        switch inflate(stream, Z_NO_FLUSH) {
        case Z_OK, Z_BUF_ERROR: return
        case Z_STREAM_END: insideMember = false
        case Z_NEED_DICT: throw .gzipDamaged(reason: "it needs a dictionary")
        default: throw .gzipDamaged(reason: stream.pointee.msg.map { String(cString: $0) } ?? "bad data")
        }
    }

    /// After a member: another member, or padding of zeros up to the end, as tape archives leave it.
    private func startMember() throws(IngestError) -> Bool {
        while stream.pointee.next_in.pointee == 0 {
            stream.pointee.next_in += 1
            stream.pointee.avail_in -= 1
            if stream.pointee.avail_in == 0, try !refill() { return false }
        }
        guard stream.pointee.next_in.pointee == 0x1F else { throw .gzipDamaged(reason: "other data follows it") }
        inflateReset(stream)
        insideMember = true
        return true
    }

    private func refill() throws(IngestError) -> Bool {
        let count = try source.read(into: input)
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(count)
        return count > 0
    }
}
