private import CZlib
import Domain

/// Writes a ZIP file piece by piece, the same bytes for the same contents: neither times nor users go into it. Of its own,
/// because that takes a library two passes over a file and a clock of its own making; entries of any size (Zip64).
final class ZipWriter {
    private struct Entry {
        let name: [UInt8]
        let offset: UInt64
        let crc: UInt32
        let packed: UInt64
        let size: UInt64
        let isLong: Bool
    }

    private let output: ([UInt8]) throws -> Void
    private var position: UInt64 = 0
    private var entries: [Entry] = []

    private let longFrom: UInt64

    /// `longFrom`: from which size on an entry has the long form (Zip64).
    init(longFrom: UInt64 = ZipFormat.longForm, _ output: @escaping ([UInt8]) throws -> Void) {
        self.longFrom = longFrom
        self.output = output
    }

    /// `size` is what the pieces come to; `next` hands them out and nil at the end.
    func add(_ name: String, size: UInt64, _ next: () throws -> [UInt8]?) throws {
        let isLong = size >= longFrom
        let (offset, name) = (position, Array(name.utf8))
        try begin(name, isLong)
        let (crc, packed, count) = try pack(next)
        guard count == size else { throw ReportError.workbook("a file changed while it was packed") }
        var descriptor: [UInt8] = []
        descriptor.little(ZipFormat.descriptor)
        descriptor.little(crc)
        if isLong {
            descriptor.little(packed)
            descriptor.little(count)
        } else {
            descriptor.little(UInt32(packed))
            descriptor.little(UInt32(count))
        }
        try write(descriptor)
        entries.append(Entry(name: name, offset: offset, crc: crc, packed: packed, size: count, isLong: isLong))
    }

    func add(_ name: String, _ bytes: [UInt8]) throws {
        var rest: [UInt8]? = bytes
        try add(name, size: UInt64(bytes.count)) {
            defer { rest = nil }
            return rest
        }
    }

    func close() throws {
        let start = position
        for entry in entries { try write(Self.central(entry)) }
        try write(end(start: start, size: position - start))
    }

    // MARK: Parts

    private func begin(_ name: [UInt8], _ isLong: Bool) throws {
        var header: [UInt8] = []
        header.little(ZipFormat.localHeader)
        header.little(UInt16(isLong ? 45 : 20))
        header.little(ZipFormat.flags)
        header.little(ZipFormat.deflate)
        header.little(UInt16(0))
        header.little(ZipFormat.date)
        header.little(UInt32(0))
        header.little(isLong ? UInt32.max : 0)
        header.little(isLong ? UInt32.max : 0)
        header.little(UInt16(name.count))
        header.little(UInt16(isLong ? 20 : 0))
        header += name
        if isLong {
            header.little(ZipFormat.extra64)
            header.little(UInt16(16))
            header.little(UInt64(0))
            header.little(UInt64(0))
        }
        try write(header)
    }

    private func pack(_ next: () throws -> [UInt8]?) throws -> (crc: UInt32, packed: UInt64, size: UInt64) {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
                == Z_OK
        else { throw ReportError.workbook("zlib could not start") }
        defer { deflateEnd(&stream) }
        var (crc, size) = (crc32(0, nil, 0), UInt64(0))
        let start = position
        while let piece = try next() {
            crc = piece.withUnsafeBufferPointer { crc32(crc, $0.baseAddress, UInt32($0.count)) }
            size += UInt64(piece.count)
            try push(piece, Z_NO_FLUSH, &stream)
        }
        try push([], Z_FINISH, &stream)
        return (UInt32(crc), position - start, size)
    }

    private func push(_ piece: [UInt8], _ flush: Int32, _ stream: inout z_stream) throws {
        var isDone = false
        var consumed = 0
        while !isDone {
            var count = 0
            let packed = [UInt8](unsafeUninitializedCapacity: 1 << 16) { room, used in
                piece.withUnsafeBufferPointer { input in
                    stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + consumed) }
                    stream.avail_in = UInt32(piece.count - consumed)
                    stream.next_out = room.baseAddress
                    stream.avail_out = UInt32(room.count)
                    let status = deflate(&stream, flush)
                    consumed = piece.count - Int(stream.avail_in)
                    isDone = flush == Z_FINISH ? status == Z_STREAM_END : stream.avail_out > 0
                    count = room.count - Int(stream.avail_out)
                }
                used = count
            }
            if count > 0 { try write(packed) }
        }
    }

    private static func central(_ entry: Entry) -> [UInt8] {
        let isLong = entry.isLong
        let isFar = isLong || entry.offset >= ZipFormat.large
        var header: [UInt8] = []
        header.little(ZipFormat.centralHeader)
        header.little(UInt16(3 << 8 | 45))  // made on Unix
        header.little(UInt16(isFar ? 45 : 20))
        header.little(ZipFormat.flags)
        header.little(ZipFormat.deflate)
        header.little(UInt16(0))
        header.little(ZipFormat.date)
        header.little(entry.crc)
        header.little(isLong ? UInt32.max : UInt32(entry.packed))
        header.little(isLong ? UInt32.max : UInt32(entry.size))
        header.little(UInt16(entry.name.count))
        header.little(UInt16(isLong ? 28 : isFar ? 12 : 0))
        header.little(UInt16(0))
        header.little(UInt16(0))
        header.little(UInt16(0))
        header.little(UInt32(0o100600) << 16)
        header.little(isFar ? UInt32.max : UInt32(entry.offset))
        header += entry.name
        if isFar {
            header.little(ZipFormat.extra64)
            header.little(UInt16(isLong ? 24 : 8))
            if isLong {
                header.little(entry.size)
                header.little(entry.packed)
            }
            header.little(entry.offset)
        }
        return header
    }

    private func end(start: UInt64, size: UInt64) -> [UInt8] {
        var out: [UInt8] = []
        let isLong = start + size >= min(longFrom, ZipFormat.large) || entries.count >= 0xFFFF
        if isLong {
            out.little(ZipFormat.end64)
            out.little(UInt64(44))
            out.little(UInt16(3 << 8 | 45))
            out.little(UInt16(45))
            out.little(UInt32(0))
            out.little(UInt32(0))
            out.little(UInt64(entries.count))
            out.little(UInt64(entries.count))
            out.little(size)
            out.little(start)
            out.little(ZipFormat.locator64)
            out.little(UInt32(0))
            out.little(start + size)
            out.little(UInt32(1))
        }
        let count = isLong ? UInt16.max : UInt16(entries.count)
        out.little(ZipFormat.end)
        out.little(UInt16(0))
        out.little(UInt16(0))
        out.little(count)
        out.little(count)
        out.little(isLong ? UInt32.max : UInt32(size))
        out.little(isLong ? UInt32.max : UInt32(start))
        out.little(UInt16(0))
        return out
    }

    private func write(_ bytes: [UInt8]) throws {
        try output(bytes)
        position += UInt64(bytes.count)
    }
}
