private import CZlib

/// Packs answers as gzip.
enum Deflater {
    private static let gzip: Int32 = 15 + 16
    /// Level 1 packs JSON nearly as small as level 6, in a third of the time.
    private static let level: Int32 = 1

    /// Nil where it gains nothing.
    static func pack(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, level, Z_DEFLATED, gzip, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        var isDone = false
        let packed = [UInt8](unsafeUninitializedCapacity: bytes.count) { output, count in
            bytes.withUnsafeBufferPointer { input in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                isDone = deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = isDone ? output.count - Int(stream.avail_out) : 0
            }
        }
        return isDone ? packed : nil
    }
}
