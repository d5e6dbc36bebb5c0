import Domain
import TestSupport
import Testing

@testable import Storage

/// The form of archives, without a database.
struct ArchiveBlockTests {
    private static let slice = 7

    /// Rows as the database would send them, with everything that a number or a text can be.
    private func rows(_ count: Int, seed: UInt64) -> [[UInt8]] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { index in
            var row = CopyRows()
            row.clear(header: false)
            row.startRow(columns: 20)
            let wide: [Int64] = [.min, .max, 0, -1, Int64(index), Int64.random(in: .min ... .max, using: &random)]
            for column in 0..<6 { row.append(wide[(index + column) % wide.count]) }
            row.append(Int32(Self.slice))
            row.append(Int32.random(in: .min ... .max, using: &random))
            row.append(Int32(index))
            for _ in 0..<5 { row.append(Int16.random(in: .min ... .max, using: &random)) }
            row.append(index % 3 == 0)
            for length in [2, 0, index % 5, index % 90, 27] {
                row.append(bytes: (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
            }
            return row.bytes
        }
    }

    private func block(_ rows: [[UInt8]]) -> ArchiveBlock {
        var block = ArchiveBlock()
        for row in rows { #expect(row.withUnsafeBytes { block.append($0, slice: Self.slice) }) }
        return block
    }

    @Test(arguments: [0, 1, 2, 100, ArchiveBlock.capacity])
    func rowsComeBackByteForByte(_ count: Int) throws {
        let rows = rows(count, seed: UInt64(count))
        let back = try ArchiveBlock(decoding: block(rows).encoded())
        var written = CopyRows()
        written.clear(header: false)
        back.append(to: &written, slice: Self.slice)
        #expect(written.bytes == rows.flatMap { $0 })
    }

    @Test func hashesThatFollowFromTheReferencesTakeNoRoom() throws {
        var block = ArchiveBlock()
        for index in 0..<100 {
            var row = CopyRows()
            row.clear(header: false)
            row.startRow(columns: 20)
            let reference = index % 4 == 0 ? "" : "ref-\(index),part-\(index)"
            for value in [Int64(index), 0, 0, 0, ReferenceHash.of(reference), 0] { row.append(value) }
            for value in [Int32(Self.slice), 1, 1] { row.append(value) }
            for _ in 0..<5 { row.append(Int16(1)) }
            row.append(true)
            for text in ["SG", "SGD", "", reference, "sealed"] { row.append(text: text) }
            #expect(row.bytes.withUnsafeBytes { block.append($0, slice: Self.slice) })
        }
        let encoded = block.encoded()
        let back = try ArchiveBlock(decoding: encoded)
        #expect(back.column(.referenceHash) == block.column(.referenceHash))
        #expect(back.column(.referenceHash)[0] == 0 && back.column(.referenceHash)[1] != 0)
    }

    /// Whatever stands there: an error, never a trap.
    @Test func whatIsNoBlockIsRefused() {
        var random = SeededRandom(seed: 3)
        let good = block(rows(50, seed: 9)).encoded()
        for length in stride(from: 0, to: good.count, by: 37) {
            #expect(throws: (any Error).self) { try ArchiveBlock(decoding: Array(good.prefix(length))) }
        }
        for _ in 0..<2000 {
            var bad = good
            bad[Int.random(in: 0..<bad.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = try? ArchiveBlock(decoding: bad)
        }
    }

    @Test func aRowOfAnotherSliceIsRefused() {
        let row = rows(1, seed: 1)[0]
        var block = ArchiveBlock()
        #expect(!row.withUnsafeBytes { block.append($0, slice: 8) } && block.count == 0)
        #expect(!row.dropLast().withUnsafeBytes { block.append($0, slice: Self.slice) } && block.count == 0)
    }

    @Test func aFilterFindsEveryKeyAndFewOthers() {
        var random = SeededRandom(seed: 4)
        let blocks = (0..<20).map { _ in (0..<8192).map { _ in Int64.random(in: .min ... .max, using: &random) } }
        var filter = ArchiveFilter()
        for keys in blocks { filter.add(keys) }
        let bytes = filter.bytes
        let size = ArchiveFilter.lineSize(blocks: blocks.count)
        #expect(bytes.count == filter.buckets * size && bytes.count < 20 * 8192 * 2)
        func asked(_ key: Int64) -> [Int]? {
            let line = ArchiveFilter.bucket(of: key, among: filter.buckets)
            return ArchiveFilter.blocks(in: Array(bytes[line * size..<(line + 1) * size]), of: key)
        }
        for (place, keys) in blocks.enumerated() {
            #expect(keys.prefix(500).allSatisfy { asked($0)?.contains(place) == true })
        }
        let wrong = (0..<5000).reduce(0) { sum, _ in
            sum + (asked(Int64.random(in: .min ... .max, using: &random))?.count ?? 0)
        }
        // Of 100,000 questions about a block: one in a hundred at most.
        #expect(wrong < 1000, "\(wrong)")
        var altered = Array(bytes[0..<size])
        altered[5] ^= 4
        #expect(ArchiveFilter.blocks(in: altered, of: 1) == nil)
    }
}
