import Domain
import Foundation
import TestDatabase
import Testing

@testable import Storage

/// Thousands of archived messages cost what a few do: files and blocks are counted, not seconds.
@Suite(.database) struct ArchivedMessagesTests {
    @Test func manyMessagesOpenEachFileOnceAndReadEachBlockOnce() async throws {
        let bench = try await ArchiveBench()
        _ = try await bench.fill(slices: 3, rows: 600)
        let all = try await bench.ledger.search(bench.bench.query(), limit: 10_000)
        #expect(all.count == 1800)
        try await bench.archive()

        let archives = bench.archives.keptOpen
        let messages = Array(Set(all.map(\.message)))
        let found = try await archives.traces(messages)
        let blocks = try await archives.list().map { try archives.open($0).index.count }
        #expect(found.blocksRead == blocks.reduce(0, +))
        for row in all {
            #expect(found.rows(of: row.message) == [row] && found.faults(of: row.message).isEmpty)
            #expect(found.archives(of: row.message).count == 1)
        }
        // In parts, and searched for besides: the files are open already.
        for start in stride(from: 0, to: messages.count, by: 100) {
            let some = Array(messages[start..<min(start + 100, messages.count)])
            let part = try await archives.traces(some)
            #expect(part.blocksRead <= 3 && some.allSatisfy { part.rows(of: $0) == found.rows(of: $0) })
        }
        #expect(try await bench.ledger.search(bench.bench.query(), andIn: archives, limit: 10_000).rows == all)
        #expect(archives.shelf?.opened == 3)
    }

    @Test func whatCanNotBeReadIsTheFaultOfItsMessagesAlone() async throws {
        let bench = try await ArchiveBench()
        _ = try await bench.fill(slices: 3, rows: 50)
        let all = try await bench.ledger.search(bench.bench.query(), limit: 1000)
        try await bench.archive()
        try FileManager.default.removeItem(atPath: bench.path(2))
        let found = try await bench.archives.keptOpen.traces(all.map(\.message))
        let lost = all.filter { found.rows(of: $0.message).isEmpty }
        #expect(lost.count == 50 && found.blocksRead == 2)
        #expect(lost.allSatisfy { found.faults(of: $0.message).map(\.file) == [bench.path(2)] })
        let whole = try await bench.archives.traces([MessageID(rawValue: 1)])
        #expect(whole.faults(of: MessageID(rawValue: 1)).isEmpty)
    }

    /// A slice that came back and went again is another file.
    @Test func aFileOnTheShelfIsTheOneThatIsMeant() async throws {
        let bench = try await ArchiveBench()
        let campaigns = try await bench.fill(slices: 1, rows: 20)
        try await bench.archive()
        let archives = bench.archives.keptOpen
        let entry = try #require(try await archives.list().first)
        let open = try archives.open(entry)
        #expect(try archives.open(entry) === open)
        _ = try await bench.archives.restore(entry)
        try await bench.bench.store([.init(campaign: campaigns[0], index: 9, at: 9)])
        #expect(
            try await archives.traces([MessageID(rawValue: entry.messageFrom)]).archives(
                of: MessageID(rawValue: entry.messageFrom)
            ).isEmpty)
    }
}
