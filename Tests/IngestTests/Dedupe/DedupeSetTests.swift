import Domain
import Foundation
import Testing

@testable import Ingest

@Suite struct DedupeSetTests {
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33 ^ state) &* 0x9E37_79B9_7F4A_7C15
        }
    }

    private func hashes(_ count: Int, distinct: Int) -> [RecipientHash] {
        var random = Seeded(state: 7)
        let pool = (0..<distinct).map { _ in RecipientHash(high: random.next(), low: random.next()) }
        return (0..<count).map { _ in pool[Int.random(in: 0..<distinct, using: &random)] }
    }

    private func resolve(
        _ hashes: [(Int, RecipientHash)], memoryLimit: Int
    ) throws -> (duplicates: Set<Int>, distinct: Int, sum: UInt128, spilled: Bool) {
        var set = DedupeSet(folder: FileManager.default.temporaryDirectory.path, memoryLimit: memoryLimit)
        for (ordinal, hash) in hashes { try set.add(hash, ordinal: ordinal) }
        let spilled = set.hasSpilled
        var duplicates: Set<Int> = []
        let found = try set.resolve { #expect(duplicates.insert($0).inserted) }
        return (duplicates, found.distinct, found.sum, spilled)
    }

    /// Enough that every partition has full chunks on disk and a rest in memory.
    @Test func isExactInMemoryAndOnDisk() throws {
        let hashes = hashes(600_000, distinct: 300_000)
        var seen: Set<RecipientHash> = []
        var expected: Set<Int> = []
        for (ordinal, hash) in hashes.enumerated() where !seen.insert(hash).inserted { expected.insert(ordinal) }
        let rows = Array(hashes.enumerated().map { ($0.offset, $0.element) })
        let memory = try resolve(rows, memoryLimit: .max)
        let disk = try resolve(rows, memoryLimit: 1000)
        #expect(memory.duplicates.symmetricDifference(expected).count == 0)
        #expect(disk.duplicates.symmetricDifference(expected).count == 0)
        #expect(memory.distinct == seen.count)
        #expect(disk.distinct == seen.count)
        #expect(memory.sum == disk.sum)
        #expect(disk.spilled && !memory.spilled)
    }

    @Test func theFirstRowWinsInWhateverOrderTheyCome() throws {
        let rows = Array(hashes(5000, distinct: 900).enumerated().map { ($0.offset, $0.element) })
        let forward = try resolve(rows, memoryLimit: .max)
        let backward = try resolve(rows.reversed(), memoryLimit: 10)
        #expect(forward.duplicates.symmetricDifference(backward.duplicates).count == 0)
        #expect(forward.sum == backward.sum)
    }

    @Test func saysWhenTheFolderCannotBeUsed() throws {
        var set = DedupeSet(folder: "/nonexistent", memoryLimit: 0)
        #expect(throws: IngestError.spillFailed(reason: "No such file or directory")) {
            try set.add(RecipientHash(high: 1, low: 2), ordinal: 0)
        }
    }

    @Test func marksAreBitsOfTheirShard() {
        var marks = DuplicateMarks()
        for index in [0, 9, 2047] { marks.mark(DuplicateMarks.ordinal(shard: 3, index: index)) }
        #expect(marks.bitmaps[3]?.enumerated().filter { $0.element != 0 }.map(\.offset) == [0, 1, 255])
        #expect(marks.bitmaps[3]?[1] == 2)
        #expect(marks.count(in: 3) == 3)
        #expect(marks.count(in: 2) == 0)
    }
}
