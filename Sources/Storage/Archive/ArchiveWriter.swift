import Crypto
import Domain

/// Writes one slice's rows into a file as they come, in flat memory but for the filters (three bytes a row). The file is under
/// its name only once it is whole and on the disk.
///
///     magic | block … | recipients' filters | references' filters | index | description | its length, its SHA-256, magic
struct ArchiveWriter {
    static let magic = Array("HERALDA1".utf8)
    static let endMagic = Array("HERALDZ1".utf8)
    static let trailerSize = 4 + 32 + 8

    private let file: AtomicFile
    private let slice: LedgerSlice
    private let zstandard = Zstandard(level: 3)
    private var offset: UInt64
    private var block = ArchiveBlock()
    /// The block's rows as they came.
    private var raw: [UInt8] = []
    private var digest = RunningDigest()
    private var entries: [ArchiveIndexEntry] = []
    private var recipients = ArchiveFilter()
    private var references = ArchiveFilter()
    private var totals = ArchiveTotals()

    init(_ path: String, slice: LedgerSlice) throws(FileError) {
        self.slice = slice
        file = try AtomicFile(path, mode: 0o600)
        try file.write(Self.magic)
        offset = UInt64(Self.magic.count)
    }

    /// One row of a binary COPY of `ArchiveBlock.columns`, without the stream's header.
    mutating func append(_ row: UnsafeRawBufferPointer) throws {
        guard block.append(row, slice: slice.number) else { throw StorageError.malformed("ledger row") }
        raw.append(contentsOf: row)
        if block.count == ArchiveBlock.capacity { try flush() }
    }

    private mutating func flush() throws(FileError) {
        guard block.count > 0 else { return }
        let packed = zstandard.compress(block.encoded())
        var entry = ArchiveIndexEntry(block)
        entry.offset = offset
        entry.packedBytes = UInt32(packed.count)
        entry.digest = Digest.sha256(packed)
        try write(packed)
        entries.append(entry)
        recipients.add(block.column(.search))
        references.add(block.column(.referenceHash))
        totals.add(block)
        digest.add(raw)
        raw.removeAll(keepingCapacity: true)
        block = ArchiveBlock()
    }

    private mutating func write(_ bytes: [UInt8]) throws(FileError) {
        try file.write(bytes)
        offset += UInt64(bytes.count)
    }

    /// Puts the file under its name, synced.
    mutating func finish(sealedSalt: [UInt8], now: Timestamp) throws(FileError) -> ArchiveDescription {
        try flush()
        let people = ArchiveDescription.Filter(offset: Int64(offset), buckets: recipients.buckets)
        try write(recipients.bytes)
        let names = ArchiveDescription.Filter(offset: Int64(offset), buckets: references.buckets)
        try write(references.bytes)
        var index = ArchiveSink()
        for entry in entries { entry.append(to: &index) }
        let indexPart = ArchiveDescription.Part(
            offset: Int64(offset), bytes: Int64(index.bytes.count), digest: Digest.sha256(index.bytes))
        try write(index.bytes)
        let description = ArchiveDescription(
            slice: slice.number, sealedSalt: sealedSalt, madeAt: now,
            rows: entries.reduce(0) { $0 + Int64($1.rows) }, rowsDigest: digest.end(),
            atFrom: Timestamp(micros: entries.map(\.atFrom).min() ?? 0),
            atTo: Timestamp(micros: entries.map(\.atTo).max() ?? 0),
            messageFrom: entries.map(\.messageFrom).min() ?? 0, messageTo: entries.map(\.messageTo).max() ?? 0,
            blocks: entries.count, index: indexPart, recipients: people, references: names, totals: totals.lines)
        let text = Array(description.json.text.utf8)
        var end = ArchiveSink()
        end.put(text)
        end.put(UInt32(text.count))
        end.put(Digest.sha256(text))
        end.put(Self.endMagic)
        try write(end.bytes)
        try file.commit()
        return description
    }
}
