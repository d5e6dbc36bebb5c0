import Domain

/// Finds equal hashes among any number of rows, exactly and in bounded memory.
///
/// Hashes are collected with their rows' ordinals in 64 partitions by their top bits. Up to `memoryLimit`
/// entries stay in memory (24 bytes each); beyond that, full chunks go to one unlinked file. At the end each partition
/// is looked at alone: 10 million rows need a table of 160,000 entries at a time. The lowest ordinal of equal
/// hashes is the one that stays, whatever order they were added in.
package struct DedupeSet: ~Copyable {
    struct Entry {
        var hash: RecipientHash
        var ordinal: Int
    }

    private static let partitions = 64
    private static let chunk = 4_096

    private let memoryLimit: Int
    private let folder: String
    private var buffers: [[Entry]]
    private var file: SpillFile?
    /// Which chunks of the file belong to a partition.
    private var chunks: [[Int]]
    private var chunksWritten = 0
    package private(set) var count = 0

    package init(folder: String, memoryLimit: Int = 1 << 20) {
        self.folder = folder
        self.memoryLimit = memoryLimit
        buffers = Array(repeating: [], count: Self.partitions)
        chunks = Array(repeating: [], count: Self.partitions)
    }

    package var hasSpilled: Bool { file != nil }

    package mutating func add(_ hash: RecipientHash, ordinal: Int) throws(IngestError) {
        let partition = Int(hash.high >> 58)
        buffers[partition].append(Entry(hash: hash, ordinal: ordinal))
        count += 1
        if file == nil {
            if count > memoryLimit { try startSpilling() }
        } else if buffers[partition].count >= Self.chunk {
            try spill(partition)
        }
    }

    private mutating func startSpilling() throws(IngestError) {
        file = try SpillFile(folder: folder)
        for partition in 0..<Self.partitions { try spill(partition) }
    }

    /// Writes the full chunks of a partition; what is left stays in memory.
    private mutating func spill(_ partition: Int) throws(IngestError) {
        var done = 0
        while buffers[partition].count - done >= Self.chunk {
            try file?.write(buffers[partition][done..<done + Self.chunk], chunk: chunksWritten)
            chunks[partition].append(chunksWritten)
            chunksWritten += 1
            done += Self.chunk
        }
        if done == buffers[partition].count {
            buffers[partition].removeAll(keepingCapacity: true)
        } else {
            // A new array: the old one holds on to memory for all that was in it.
            buffers[partition] = Array(buffers[partition][done...])
        }
    }

    /// Calls `duplicate` with the ordinal of each row that an earlier row equals. Returns how many hashes are
    /// distinct and their sum, which is the same for the same hashes in any order and number.
    package consuming func resolve(
        _ duplicate: (_ ordinal: Int) -> Void
    ) throws(IngestError) -> (distinct: Int, sum: UInt128) {
        var distinct = 0
        var sum: UInt128 = 0
        var entries: [Entry] = []
        var slots: [Int32] = []
        for partition in 0..<Self.partitions {
            entries.removeAll(keepingCapacity: true)
            for chunk in chunks[partition] { try file?.read(Self.chunk, chunk: chunk, into: &entries) }
            entries.append(contentsOf: buffers[partition])
            buffers[partition] = []
            // A power of two at least twice as many, so that a search is short.
            let size = 1 << (Int.bitWidth - (entries.count * 2 + 1).leadingZeroBitCount)
            if slots.count < size {
                slots = Array(repeating: -1, count: size)
            } else {
                for index in 0..<size { slots[index] = -1 }
            }
            for index in entries.indices {
                let hash = entries[index].hash
                var slot = Int(truncatingIfNeeded: hash.low) & (size - 1)
                while slots[slot] >= 0, entries[Int(slots[slot])].hash != hash { slot = (slot + 1) & (size - 1) }
                let found = Int(slots[slot])
                if found < 0 {
                    slots[slot] = Int32(index)
                    distinct += 1
                    sum &+= hash.number
                } else if entries[found].ordinal <= entries[index].ordinal {
                    duplicate(entries[index].ordinal)
                } else {
                    duplicate(entries[found].ordinal)
                    slots[slot] = Int32(index)
                }
            }
        }
        return (distinct, sum)
    }
}
