import Domain

/// What archives have of some messages, and what of theirs could not be read.
package struct ArchivedMessages: Sendable {
    /// A file or a block that may have rows of the messages in its range, and could not be read.
    struct Gap: Sendable {
        let messages: ClosedRange<Int64>
        let fault: ArchiveFault
    }

    private var rows: [MessageID: [LedgerEntry]] = [:]
    private var archives: [MessageID: [ArchiveEntry]] = [:]
    private var gaps: [Gap] = []
    package private(set) var blocksRead = 0

    init() {}

    init(
        rows: [LedgerEntry], archives: [MessageID: [ArchiveEntry]], gaps: [Gap], blocksRead: Int
    ) {
        self.rows = Dictionary(grouping: rows, by: \.message)
        self.archives = archives
        self.gaps = gaps
        self.blocksRead = blocksRead
    }

    /// Oldest first.
    package func rows(of message: MessageID) -> [LedgerEntry] { rows[message] ?? [] }

    /// The archives that have its rows.
    package func archives(of message: MessageID) -> [ArchiveEntry] { archives[message] ?? [] }

    package func faults(of message: MessageID) -> [ArchiveFault] {
        gaps.filter { $0.messages.contains(message.rawValue) }.map(\.fault)
    }
}

extension ArchiveStore {
    /// The archived rows of messages: of each file only the blocks that may have some, each once and in the order in which they lie,
    /// whether one message is asked for or thousands are.
    package func traces(_ messages: [MessageID]) async throws -> ArchivedMessages {
        let numbers = messages.map(\.rawValue).sorted()
        let wanted = Set(numbers)
        let entries = try await list().filter { Self.hasOne(of: numbers, from: $0.messageFrom, to: $0.messageTo) }
        guard !entries.isEmpty else { return ArchivedMessages() }
        let found = try await offPool {
            var (rows, gaps, blocksRead) = ([FoundRow](), [ArchivedMessages.Gap](), 0)
            var salts: [Int64: [UInt8]] = [:]
            var archives: [MessageID: [ArchiveEntry]] = [:]
            let zstandard = Zstandard()
            for entry in entries {
                let file: ArchiveFile
                do {
                    file = try open(entry)
                } catch let fault as ArchiveFault {
                    gaps.append(.init(messages: entry.messageFrom...entry.messageTo, fault: fault))
                    continue
                }
                let before = rows.count
                for (place, block) in file.index.enumerated()
                where Self.hasOne(of: numbers, from: block.messageFrom, to: block.messageTo) {
                    do {
                        let read = try file.block(place, with: zstandard)
                        blocksRead += 1
                        let column = read.column(.message)
                        for row in column.indices where wanted.contains(column[row]) {
                            rows.append(try FoundRow(read, row, slice: entry.number))
                        }
                    } catch let fault as ArchiveFault {
                        gaps.append(.init(messages: block.messageFrom...block.messageTo, fault: fault))
                    }
                }
                guard rows.count > before else { continue }
                salts[Int64(entry.number)] = try salt(of: file)
                for message in Set(rows[before...].map(\.message)) { archives[message, default: []].append(entry) }
            }
            rows.sort { ($0.attempt, $0.at) < ($1.attempt, $1.at) }
            return (rows, gaps, blocksRead, salts, archives)
        }
        let keys = keys
        let rows = try await database.run { session in
            var names = LedgerNames()
            names.know(salts: found.3)
            try names.learn(campaigns: Set(found.0.map(\.campaign)), slices: [], keys: keys, on: session)
            return try names.entries(found.0, for: nil)
        }
        return ArchivedMessages(rows: rows, archives: found.4, gaps: found.1, blocksRead: found.2)
    }

    /// Whether one of these numbers, the least first, lies in a range.
    private static func hasOne(of numbers: [Int64], from: Int64, to: Int64) -> Bool {
        var (low, high) = (0, numbers.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < from { low = middle + 1 } else { high = middle }
        }
        return low < numbers.count && numbers[low] <= to
    }
}
