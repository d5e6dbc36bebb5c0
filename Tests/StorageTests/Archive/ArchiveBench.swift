import Domain
import Foundation
import Testing

@testable import Storage

/// A ledger of several old slices, and a folder for their archives that is gone with this value.
final class ArchiveBench: Sendable {
    typealias Draft = LedgerFixture.Draft

    let bench: LedgerFixture
    let folder = FileManager.default.temporaryDirectory.appending(path: "herald-archive-\(UUID().uuidString)").path
    var ledger: LedgerStore { bench.ledger }
    var database: Database { bench.fixture.database }
    var archives: ArchiveStore { ArchiveStore(ledger: ledger) }
    /// Everything in the fixture is older.
    static let cutoff = Timestamp(micros: LedgerFixture.start + 100 * 86_400_000_000)
    static let people = ["+6591234567", "+6591234568", "+6581112222", "+6598887777"]

    init() async throws { bench = try await LedgerFixture() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Slices with rows of two campaigns, with failures and costs; each slice is some hours later. Returns the campaigns.
    func fill(slices: Int, rows: Int) async throws -> [Int64] {
        let campaigns = [
            try await bench.fixture.campaign(shards: [rows * slices], category: .marketing),
            try await bench.fixture.campaign(shards: [rows * slices], category: .transactional, fingerprint: 2),
        ]
        for slice in 0..<slices {
            try await bench.store(
                (0..<rows).map { row in
                    let index = slice * rows + row
                    return Draft(
                        campaign: campaigns[index % 2], index: index, at: Int64(slice * 20_000 + row / 3),
                        to: Self.people[index % 7 % 4], state: index % 5 == 0 ? .failed : .sent,
                        provider: index % 5 == 0 ? 0 : 1, reference: index % 5 == 0 ? "" : "ref-\(index)",
                        cost: index % 5 == 0 ? 0 : Int64(1000 + index))
                })
            try await close()
        }
        return campaigns
    }

    /// The open slice is closed and sealed.
    func close() async throws {
        #expect(try await ledger.rotateSlices(above: -1))
        #expect(try await ledger.sealSlices(closedFor: .zero) == 1)
    }

    @discardableResult
    func archive(keepsRows: Bool = false) async throws -> [ArchiveRun.Outcome] {
        try await ArchiveRun(archives, into: folder, olderThan: Self.cutoff, keepsRows: keepsRows).run()
    }

    /// All pages, the archives included.
    func pages(_ query: LedgerQuery, of size: Int) async throws -> (rows: [LedgerEntry], faults: Set<ArchiveFault>) {
        var all: [LedgerEntry] = []
        var faults: Set<ArchiveFault> = []
        var cursor: LedgerCursor?
        while true {
            let page = try await ledger.search(query, andIn: archives, after: cursor, limit: size)
            all += page.rows
            faults.formUnion(page.faults)
            guard page.rows.count == size, let last = page.rows.last else { return (all, faults) }
            cursor = LedgerCursor(LedgerCursor(after: last).text)
        }
    }

    func count(_ sql: String) async throws -> Int64 { try await database.run { try $0.query(sql)[0].int("n") } }

    var tables: Int64 {
        get async throws {
            try await count("SELECT count(*) AS n FROM pg_inherits WHERE inhparent = 'ledger'::regclass")
        }
    }

    func path(_ slice: Int) -> String { folder + "/" + ArchiveEntry.name(slice) }

    /// Changes a file's bytes.
    func alter(_ slice: Int, _ change: (inout Data) -> Void) throws {
        let url = URL(fileURLWithPath: path(slice))
        var data = try Data(contentsOf: url)
        change(&data)
        try data.write(to: url)
    }
}
