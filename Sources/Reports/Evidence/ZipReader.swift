private import CZlib
import Domain
import Glibc

/// Reads a ZIP file as `ZipWriter` writes it, trusting nothing that stands in it. Strict: a byte that belongs to no entry, two
/// entries of a name, a length that does not hold are faults, so that nothing can hide in the file.
final class ZipReader {
    struct Entry {
        let name: String
        let crc: UInt32
        let packed: UInt64
        let size: UInt64
        let offset: UInt64
        let isLong: Bool
    }

    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// Nothing is known of what is in the file.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    private(set) var entries: [Entry] = []
    private let descriptor: Int32
    private let length: UInt64
    private static let piece = 1 << 16
    private static let mostEntries: UInt64 = 100_000

    init(_ path: String) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Unreadable(description: "\(path) could not be read: \(String(cString: strerror(errno))).")
        }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            length = 0
            throw Unreadable(description: "\(path) is no file.")
        }
        length = UInt64(info.st_size)
        try readDirectory()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    // MARK: Directory

    private static let noDirectory = Fault(
        description:
            "This is no evidence file, it was cut off, or something was put behind its end: there is no directory there."
    )
    private static let broken = Fault(
        description: "The directory at the file's end does not fit the file: something was added, removed or altered.")

    private func readDirectory() throws {
        guard length >= 22 else { throw Self.noDirectory }
        let end = try bytes(at: length - 22, 22)
        guard end.little(UInt32.self, at: 0) == ZipFormat.end, end.little(UInt16.self, at: 20) == 0 else {
            throw Self.noDirectory
        }
        guard var count = end.little(UInt16.self, at: 10).map({ UInt64($0) }),
            var size = end.little(UInt32.self, at: 12).map({ UInt64($0) }),
            var start = end.little(UInt32.self, at: 16).map({ UInt64($0) })
        else { throw Self.broken }
        var tail: UInt64 = 22
        if count == 0xFFFF || size == ZipFormat.large || start == ZipFormat.large {
            guard length >= 98 else { throw Self.broken }
            let long = try bytes(at: length - 98, 76)
            guard long.little(UInt32.self, at: 0) == ZipFormat.end64,
                long.little(UInt32.self, at: 56) == ZipFormat.locator64
            else { throw Self.broken }
            count = long.little(UInt64.self, at: 32) ?? 0
            size = long.little(UInt64.self, at: 40) ?? 0
            start = long.little(UInt64.self, at: 48) ?? 0
            tail = 98
        }
        guard count <= Self.mostEntries, size <= 64 << 20, start <= length, start + size + tail == length else {
            throw Self.broken
        }
        let directory = try bytes(at: start, Int(size))
        var at = 0
        for _ in 0..<count { entries.append(try Self.entry(directory, &at)) }
        guard at == directory.count else { throw Self.broken }
        try requireNoGaps(upTo: start)
    }

    private static func entry(_ bytes: [UInt8], _ at: inout Int) throws -> Entry {
        guard bytes.little(UInt32.self, at: at) == ZipFormat.centralHeader,
            let flags = bytes.little(UInt16.self, at: at + 8), let method = bytes.little(UInt16.self, at: at + 10),
            let crc = bytes.little(UInt32.self, at: at + 16),
            var packed = bytes.little(UInt32.self, at: at + 20).map({ UInt64($0) }),
            var size = bytes.little(UInt32.self, at: at + 24).map({ UInt64($0) }),
            let nameLength = bytes.little(UInt16.self, at: at + 28).map({ Int($0) }),
            let extraLength = bytes.little(UInt16.self, at: at + 30).map({ Int($0) }),
            bytes.little(UInt16.self, at: at + 32) == 0,
            var offset = bytes.little(UInt32.self, at: at + 42).map({ UInt64($0) }),
            at + 46 + nameLength + extraLength <= bytes.count
        else { throw broken }
        let name = String(decoding: bytes[(at + 46)..<(at + 46 + nameLength)], as: UTF8.self)
        // What is no UTF-8 would be longer once read.
        guard name.utf8.count == nameLength else { throw broken }
        guard flags == ZipFormat.flags, method == ZipFormat.deflate else {
            throw Fault(
                description:
                    "“\(name)” was put into the file by another program than Herald: it was added or packed anew.")
        }
        let extra = at + 46 + nameLength
        at = extra + extraLength
        let isLong = packed == ZipFormat.large
        if isLong || offset == ZipFormat.large {
            let length = isLong ? 28 : 12
            guard extraLength == length, bytes.little(UInt16.self, at: extra) == ZipFormat.extra64,
                let longOffset = bytes.little(UInt64.self, at: extra + length - 8)
            else { throw broken }
            if isLong {
                size = bytes.little(UInt64.self, at: extra + 4) ?? 0
                packed = bytes.little(UInt64.self, at: extra + 12) ?? 0
            }
            offset = longOffset
        } else if extraLength > 0 {
            throw broken
        }
        return Entry(name: name, crc: crc, packed: packed, size: size, offset: offset, isLong: isLong)
    }

    /// Where an entry's data begin, and where the next entry does.
    private func place(of entry: Entry) throws -> (data: UInt64, end: UInt64) {
        let header = UInt64(30 + entry.name.utf8.count + (entry.isLong ? 20 : 0))
        let (end, overflow) = entry.offset.addingReportingOverflow(header)
        let (next, overflows) = end.addingReportingOverflow(entry.packed &+ (entry.isLong ? 24 : 16))
        guard !overflow, !overflows, entry.packed < 1 << 60, next <= length else { throw Self.broken }
        return (end, next)
    }

    private func requireNoGaps(upTo start: UInt64) throws {
        var at: UInt64 = 0
        for entry in entries {
            guard entry.offset == at else {
                throw Fault(description: "There are bytes in the file that belong to no entry, before “\(entry.name)”.")
            }
            at = try place(of: entry).end
        }
        guard at == start else { throw Fault(description: "There are bytes in the file that belong to no entry.") }
    }

    // MARK: Contents

    /// Hands over an entry's contents; false where they are not what the entry says. What it unpacks to is never more than
    /// `most`.
    func read(_ entry: Entry, most: UInt64, _ body: ([UInt8]) -> Void) throws -> Bool {
        let (data, end) = try place(of: entry)
        guard try headerHolds(entry), entry.size <= most else { return false }
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return false
        }
        defer { inflateEnd(&stream) }
        var (at, left, size, crc, isOver) = (data, entry.packed, UInt64(0), crc32(0, nil, 0), false)
        while left > 0 {
            let input = try bytes(at: at, Int(min(left, UInt64(Self.piece))))
            at += UInt64(input.count)
            left -= UInt64(input.count)
            var (consumed, hasMore) = (0, true)
            while hasMore {
                guard !isOver else { return false }
                var status = Z_OK
                let output = [UInt8](unsafeUninitializedCapacity: Self.piece) { room, used in
                    input.withUnsafeBufferPointer { input in
                        stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + consumed) }
                        stream.avail_in = UInt32(input.count - consumed)
                        stream.next_out = room.baseAddress
                        stream.avail_out = UInt32(room.count)
                        status = inflate(&stream, Z_NO_FLUSH)
                        consumed = input.count - Int(stream.avail_in)
                        used = room.count - Int(stream.avail_out)
                    }
                }
                size += UInt64(output.count)
                guard size <= entry.size, status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                    return false
                }
                crc = output.withUnsafeBufferPointer { crc32(crc, $0.baseAddress, UInt32($0.count)) }
                if !output.isEmpty { body(output) }
                isOver = status == Z_STREAM_END
                // A full buffer may not have been all.
                hasMore = consumed < input.count || (output.count == Self.piece && !isOver)
                if output.isEmpty, status == Z_BUF_ERROR { break }
            }
        }
        let tail = try bytes(at: end - (entry.isLong ? 24 : 16), 8)
        return isOver && size == entry.size && UInt32(crc) == entry.crc
            && tail.little(UInt32.self, at: 0) == ZipFormat.descriptor && tail.little(UInt32.self, at: 4) == entry.crc
    }

    private func headerHolds(_ entry: Entry) throws -> Bool {
        let name = Array(entry.name.utf8)
        let header = try bytes(at: entry.offset, 30 + name.count)
        return header.little(UInt32.self, at: 0) == ZipFormat.localHeader
            && header.little(UInt16.self, at: 6) == ZipFormat.flags
            && header.little(UInt16.self, at: 8) == ZipFormat.deflate
            && header.little(UInt16.self, at: 26) == UInt16(name.count)
            && header.little(UInt16.self, at: 28) == (entry.isLong ? 20 : 0) && Array(header[30...]) == name
    }

    private func bytes(at offset: UInt64, _ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let read = bytes.withUnsafeMutableBytes { room in
                pread(descriptor, room.baseAddress.map { $0 + done }, count - done, off_t(offset) + off_t(done))
            }
            guard read >= 0 else {
                throw Unreadable(description: "The file could not be read: \(String(cString: strerror(errno))).")
            }
            guard read > 0 else { throw Self.broken }
            done += read
        }
        return bytes
    }
}
