import Domain

/// Some thousand rows of the ledger by columns, in the order in which they lay. By columns they compress better, and a
/// search looks at one number of each row before it touches anything else of it.
struct ArchiveBlock: Sendable {
    enum Number: Int, CaseIterable {
        case message, at, cost, search, referenceHash, campaign, tenant, provider, attempt, segments, state, was,
            channel,
            final
    }

    enum Text: Int, CaseIterable { case country, currency, reason, reference, recipient }

    /// One after the other, each with its end.
    struct TextColumn: Sendable {
        fileprivate(set) var bytes: [UInt8] = []
        fileprivate(set) var ends: [Int] = []

        subscript(row: Int) -> ArraySlice<UInt8> { bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]] }
    }

    static let capacity = 8192

    private(set) var numbers = [[Int64]](repeating: [], count: Number.allCases.count)
    private(set) var texts = [TextColumn](repeating: TextColumn(), count: Text.allCases.count)

    var count: Int { numbers[0].count }

    subscript(_ number: Number, _ row: Int) -> Int64 { numbers[number.rawValue][row] }
    subscript(_ text: Text, _ row: Int) -> ArraySlice<UInt8> { texts[text.rawValue][row] }

    func column(_ number: Number) -> [Int64] { numbers[number.rawValue] }

    // MARK: Rows of the database

    /// As rows are read for an archive and written back: those of a fixed size first.
    static let columns = """
        message, at, cost, search, reference_hash, campaign, slice, tenant, provider, attempt, segments, state, was, channel, \
        final, country, currency, reason, reference, recipient
        """
    private static let columnCount: Int16 = 20
    /// Where each number lies behind the count of columns, and how many bytes it takes; the slice lies at 76.
    private static let places: [(place: Int, size: Int)] = [
        (4, 8), (16, 8), (28, 8), (40, 8), (52, 8), (64, 8), (84, 4), (92, 4), (100, 2), (106, 2), (112, 2), (118, 2),
        (124, 2), (130, 1),
    ]
    private static let slicePlace = 76
    private static let fixedSize = 131

    /// A row of a binary COPY without the stream's header. False where it is none of this slice.
    mutating func append(_ row: UnsafeRawBufferPointer, slice: Int) -> Bool {
        guard row.count > 2 + Self.fixedSize, Int16(row[0]) << 8 | Int16(row[1]) == Self.columnCount else {
            return false
        }
        let fields = UnsafeRawBufferPointer(rebasing: row[2...])
        guard Self.load(fields, Self.slicePlace, 4) == Int64(slice) else { return false }
        var place = Self.fixedSize
        var ends: [(Int, Int)] = []
        for _ in Text.allCases {
            guard place + 4 <= fields.count else { return false }
            let length = Int(Self.load(fields, place, 4))
            guard length >= 0, length <= fields.count - place - 4 else { return false }
            ends.append((place + 4, place + 4 + length))
            place += 4 + length
        }
        guard place == fields.count else { return false }
        for (column, (place, size)) in Self.places.enumerated() {
            numbers[column].append(Self.load(fields, place, size))
        }
        for (column, (start, end)) in ends.enumerated() {
            texts[column].bytes.append(contentsOf: fields[start..<end])
            texts[column].ends.append(texts[column].bytes.count)
        }
        return true
    }

    private static func load(_ bytes: UnsafeRawBufferPointer, _ place: Int, _ size: Int) -> Int64 {
        switch size {
        case 8: Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int64.self))
        case 4: Int64(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int32.self)))
        case 2: Int64(Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int16.self)))
        default: Int64(bytes[place])
        }
    }

    /// The rows again, byte for byte as the database sent them.
    func append(to rows: inout CopyRows, slice: Int) {
        for row in 0..<count {
            rows.startRow(columns: Self.columnCount)
            for (column, (_, size)) in Self.places.enumerated() {
                let value = numbers[column][row]
                switch size {
                case 8: rows.append(value)
                case 4: rows.append(Int32(truncatingIfNeeded: value))
                case 2: rows.append(Int16(truncatingIfNeeded: value))
                default: rows.append(value != 0)
                }
                if column == Number.campaign.rawValue { rows.append(Int32(slice)) }
            }
            for text in texts { rows.append(bytes: text[row]) }
        }
    }

    // MARK: In a file

    func encoded() -> [UInt8] {
        var sink = ArchiveSink()
        sink.put(UInt32(count))
        for number in Number.allCases {
            let column = numbers[number.rawValue]
            sink.part { part in
                switch number {
                case .search: for value in column { part.put(value) }
                // It follows from the reference, which is here too.
                case .referenceHash: if !hasOwnHashes() { for value in column { part.put(value) } }
                default: part.differences(column)
                }
            }
        }
        for text in texts {
            sink.part { part in
                var last = 0
                for end in text.ends {
                    part.varint(UInt64(end - last))
                    last = end
                }
            }
            sink.part { $0.put(text.bytes) }
        }
        return sink.bytes
    }

    private func hasOwnHashes() -> Bool {
        let references = texts[Text.reference.rawValue]
        return numbers[Number.referenceHash.rawValue].enumerated().allSatisfy {
            ReferenceHash.of(bytes: references[$0.offset]) == $0.element
        }
    }

    init() {}

    init(decoding bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            var source = ArchiveSource(buffer)
            let count = Int(try source.number(UInt32.self))
            guard count <= Self.capacity else { throw ArchiveSource.Malformed() }
            var derivesHashes = false
            for number in Number.allCases {
                var part = try source.part()
                switch number {
                case .search: numbers[number.rawValue] = try part.plain(count)
                case .referenceHash:
                    derivesHashes = part.isAtEnd && count > 0
                    if !derivesHashes { numbers[number.rawValue] = try part.plain(count) }
                default: numbers[number.rawValue] = try part.differences(count)
                }
            }
            for column in texts.indices {
                var lengths = try source.part()
                let text = try source.part().rest
                var end = 0
                texts[column].ends.reserveCapacity(count)
                for _ in 0..<count {
                    let length = try lengths.varint()
                    guard length <= UInt64(text.count - end) else { throw ArchiveSource.Malformed() }
                    end += Int(length)
                    texts[column].ends.append(end)
                }
                guard end == text.count, lengths.isAtEnd else { throw ArchiveSource.Malformed() }
                texts[column].bytes = Array(text)
            }
            guard source.isAtEnd else { throw ArchiveSource.Malformed() }
            if derivesHashes {
                let references = texts[Text.reference.rawValue]
                numbers[Number.referenceHash.rawValue] = (0..<count).map { ReferenceHash.of(bytes: references[$0]) }
            }
        }
    }
}
