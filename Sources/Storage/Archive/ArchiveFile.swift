import Crypto
import Domain
import Glibc

/// An archive that is being read: its description and index at once, its blocks one by one. Everything that is read is
/// held against a checksum first.
final class ArchiveFile: Sendable {
    let path: String
    let bytes: Int64
    let description: ArchiveDescription
    let index: [ArchiveIndexEntry]
    private let descriptor: Int32

    init(_ path: String) throws(ArchiveFault) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ArchiveFault(file: path, errno == ENOENT ? "is missing." : "can't be read: \(Self.systemWords).")
        }
        self.descriptor = descriptor
        do throws(ArchiveFault) {
            var info = stat()
            guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
                throw ArchiveFault(file: path, "is no file.")
            }
            bytes = Int64(info.st_size)
            (description, index) = try Self.readEnd(descriptor, path, size: Int64(info.st_size))
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    private static var systemWords: String { String(cString: strerror(errno)) }

    private static func readEnd(
        _ file: Int32, _ path: String, size: Int64
    ) throws(ArchiveFault) -> (ArchiveDescription, [ArchiveIndexEntry]) {
        let trailerSize = Int64(ArchiveWriter.trailerSize)
        guard size >= trailerSize + 8, try read(file, path, 0, 8) == ArchiveWriter.magic else {
            throw ArchiveFault(file: path, "is no archive of Herald's ledger.")
        }
        let trailer = try read(file, path, size - trailerSize, Int(trailerSize))
        guard Array(trailer.suffix(8)) == ArchiveWriter.endMagic else {
            throw ArchiveFault(file: path, "was cut short or altered at its end.")
        }
        let length = (0..<4).reduce(Int64(0)) { $0 | Int64(trailer[$1]) << Int64(8 * $1) }
        guard length <= size - trailerSize - 8 else { throw ArchiveFault(file: path, "was altered at its end.") }
        let text = try read(file, path, size - trailerSize - length, Int(length))
        guard Digest.sha256(text) == Array(trailer[4..<36]) else {
            throw ArchiveFault(file: path, "has a description that was altered.")
        }
        guard let json = try? JSON.parse(String(decoding: text, as: UTF8.self)),
            let description = ArchiveDescription(json: json)
        else { throw ArchiveFault(file: path, "is of a form that this Herald doesn't know.") }
        let part = try read(file, path, description.index.offset, Int(description.index.bytes))
        guard Digest.sha256(part) == description.index.digest else {
            throw ArchiveFault(file: path, "has an index that was altered.")
        }
        do {
            return (
                description,
                try part.withUnsafeBytes { buffer in
                    var source = ArchiveSource(buffer)
                    return try (0..<description.blocks).map { _ in try ArchiveIndexEntry(from: &source) }
                }
            )
        } catch {
            throw ArchiveFault(file: path, "has an index that can't be read.")
        }
    }

    private static func read(
        _ file: Int32, _ path: String, _ offset: Int64, _ count: Int
    ) throws(ArchiveFault) -> [UInt8] {
        var done = 0
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while done < count {
                let more = pread(file, buffer.baseAddress.map { $0 + done }, count - done, Int(offset) + done)
                if more < 0, errno == EINTR { continue }
                if more < 0 { failure = errno }
                guard more > 0 else { break }
                done += more
            }
            filled = done
        }
        guard failure == 0 else {
            throw ArchiveFault(file: path, "can't be read: \(String(cString: strerror(failure))).")
        }
        guard done == count else { throw ArchiveFault(file: path, "was cut short.") }
        return bytes
    }

    // MARK: What a key leads to

    enum Key { case recipient, reference }

    /// The blocks that may have a row with this key.
    func blocks(having key: Int64, as kind: Key) throws(ArchiveFault) -> [Int] {
        let filter = kind == .recipient ? description.recipients : description.references
        guard filter.buckets > 0, key != 0 else { return [] }
        let size = ArchiveFilter.lineSize(blocks: description.blocks)
        let line = ArchiveFilter.bucket(of: key, among: filter.buckets)
        let bytes = try Self.read(descriptor, path, filter.offset + Int64(line * size), size)
        guard let found = ArchiveFilter.blocks(in: bytes, of: key) else {
            throw ArchiveFault(file: path, "has filters that were altered.")
        }
        return found
    }

    /// Whether all filters are as they were written.
    func checkFilters() throws(ArchiveFault) {
        let size = ArchiveFilter.lineSize(blocks: description.blocks)
        for filter in [description.recipients, description.references] {
            for line in 0..<filter.buckets {
                let bytes = try Self.read(descriptor, path, filter.offset + Int64(line * size), size)
                guard
                    ArchiveFilter.check(Array(bytes.dropLast(ArchiveFilter.checkSize)))
                        == Array(bytes.suffix(ArchiveFilter.checkSize))
                else { throw ArchiveFault(file: path, "has filters that were altered.") }
            }
        }
    }

    // MARK: Blocks

    func block(_ number: Int, with zstandard: Zstandard) throws(ArchiveFault) -> ArchiveBlock {
        let entry = index[number]
        let packed = try Self.read(descriptor, path, Int64(entry.offset), Int(entry.packedBytes))
        guard Digest.sha256(packed) == entry.digest else {
            throw ArchiveFault(
                file: path,
                "was altered in block \(number + 1) of \(index.count): \(entry.rows) rows between "
                    + "\(Timestamp(micros: entry.atFrom)) and \(Timestamp(micros: entry.atTo)) can't be read.")
        }
        do {
            return try ArchiveBlock(decoding: zstandard.decompress(packed))
        } catch {
            throw ArchiveFault(file: path, "can't be read in block \(number + 1) of \(index.count).")
        }
    }

    /// Reads all of it: the filters are whole, and the rows are those that were written, to the last byte.
    func readThrough(_ each: (ArchiveBlock) throws -> Void = { _ in }) throws -> ArchiveTotals {
        try checkFilters()
        let zstandard = Zstandard()
        var totals = ArchiveTotals()
        var digest = RunningDigest()
        var rows = CopyRows()
        for number in index.indices {
            let block = try block(number, with: zstandard)
            rows.clear(header: false)
            block.append(to: &rows, slice: description.slice)
            digest.add(rows.bytes)
            totals.add(block)
            try each(block)
        }
        guard digest.end() == description.rowsDigest, totals.rows == description.rows,
            totals.lines == description.totals
        else { throw ArchiveFault(file: path, "has other rows than were written.") }
        return totals
    }
}
