import Domain
import Foundation
import TestDatabase
import Testing

@testable import Storage

/// Files that are not as they were written: each is named, and the others answer.
@Suite(.database) struct BrokenArchiveTests {
    enum Damage: String, CaseIterable, Sendable {
        case blockFlipped, filterFlipped, indexFlipped, endFlipped, cutShort, emptied, missing, swapped
    }

    @Test(arguments: Damage.allCases) func theOthersGoOn(_ damage: Damage) async throws {
        let bench = try await ArchiveBench()
        _ = try await bench.fill(slices: 3, rows: 40)
        try await bench.archive()
        let entry = try #require(try await bench.archives.entry(2))
        let about = try bench.archives.open(entry).description
        switch damage {
        case .blockFlipped: try bench.alter(2) { $0[200] ^= 1 }
        case .filterFlipped:
            try bench.alter(2) { data in
                for place in Int(about.recipients.offset)..<Int(about.references.offset) { data[place] ^= 0x10 }
            }
        case .indexFlipped: try bench.alter(2) { $0[Int(about.index.offset) + 3] ^= 1 }
        case .endFlipped: try bench.alter(2) { $0[$0.count - 100] ^= 1 }
        case .cutShort: try bench.alter(2) { $0 = $0.prefix($0.count * 2 / 3) }
        case .emptied: try bench.alter(2) { $0 = Data() }
        case .missing: try FileManager.default.removeItem(atPath: bench.path(2))
        case .swapped:
            let other = try Data(contentsOf: URL(fileURLWithPath: bench.path(1)))
            try bench.alter(2) { $0 = other }
        }
        let person = ArchiveBench.people[0]
        let query = bench.bench.query { $0.recipient = bench.bench.recipient(.phone, person) }
        let found = try await bench.pages(query, of: 1000)
        #expect(found.faults.count == 1 && found.faults.allSatisfy { $0.file == bench.path(2) }, "\(found.faults)")
        // Those of the other two, and of no other person.
        #expect(found.rows.count > 10 && found.rows.allSatisfy { $0.recipient == person })
        let days = Set(found.rows.map { ($0.at.micros - LedgerFixture.start) / 20_000_000_000 })
        #expect(days == [0, 2])
        let checked = try await bench.archives.verify()
        #expect(checked.checked.count == 3 && checked.faults.count == 1 && checked.faults[0].file == bench.path(2))
        // And it does not come back as something else.
        await #expect(throws: ArchiveFault.self) { try await bench.archives.restore(entry) }
        #expect(try await bench.archives.list().count == 3)
        #expect(try await bench.ledger.verify().differences.isEmpty)
    }

    @Test func aFileThatWasMovedIsFoundInItsNewFolder() async throws {
        let bench = try await ArchiveBench()
        _ = try await bench.fill(slices: 1, rows: 20)
        try await bench.archive()
        let elsewhere = bench.folder + "/elsewhere"
        try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: bench.path(1), toPath: elsewhere + "/" + ArchiveEntry.name(1))
        #expect(try await bench.pages(bench.bench.query(), of: 100).faults.count == 1)
        let moved = ArchiveStore(ledger: bench.ledger, folder: elsewhere)
        let found = try await bench.ledger.search(bench.bench.query(), andIn: moved, limit: 100)
        #expect(found.rows.count == 20 && found.faults.isEmpty)
    }
}
