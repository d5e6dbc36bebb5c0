private import CZlib

/// Unpacks gzip as it arrives, several members one after another too, and stops at a bomb: at more than the limit, or
/// at a ratio that no honest text has.
final class Inflater {
    private static let pieceSize = 64 << 10
    /// Text packs to a tenth, very regular text to a fiftieth; zeros pack to a thousandth.
    private static let ratio = 200
    private static let ratioFrom = 1 << 20
    /// 15 bits of window, and 16 says gzip and nothing else.
    private static let gzip: Int32 = 15 + 16

    /// zlib keeps the stream's address.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let limit: Int
    private var input: [UInt8] = []
    private var position = 0
    private var taken = 0
    private var made = 0
    private var isBetweenMembers = true

    init(limit: Int) {
        self.limit = limit
        stream.initialize(to: z_stream())
        inflateInit2_(stream, Self.gzip, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func feed(_ bytes: [UInt8]) {
        input = bytes
        position = 0
        taken += bytes.count
    }

    /// The next unpacked bytes; nil when more must be fed first.
    func next() throws(BodyFault) -> [UInt8]? {
        while position < input.count {
            let piece = try unpack()
            if !piece.isEmpty { return piece }
        }
        // A full piece may have left something inside.
        let rest = isBetweenMembers ? [] : try unpack()
        return rest.isEmpty ? nil : rest
    }

    func finish() throws(BodyFault) { if !isBetweenMembers || taken == 0 { throw .badEncoding } }

    private func unpack() throws(BodyFault) -> [UInt8] {
        if isBetweenMembers {
            inflateReset(stream)
            isBetweenMembers = false
        }
        var status = Z_OK
        let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { output, count in
            input.withUnsafeBufferPointer { input in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + position })
                stream.pointee.avail_in = UInt32(input.count - position)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                status = inflate(stream, Z_NO_FLUSH)
                position = input.count - Int(stream.pointee.avail_in)
                count = output.count - Int(stream.pointee.avail_out)
            }
        }
        switch status {
        case Z_STREAM_END: isBetweenMembers = true
        case Z_OK, Z_BUF_ERROR: break
        default: throw .badEncoding
        }
        made += piece.count
        if made > limit { throw .tooLarge(limit: limit) }
        if made > Self.ratioFrom, made / Self.ratio > taken { throw .bomb }
        return piece
    }
}
