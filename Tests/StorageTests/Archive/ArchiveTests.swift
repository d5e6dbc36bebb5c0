import Domain
import Foundation
import TestDatabase
import Testing

@testable import Storage

@Suite(.database) struct ArchiveTests {
    private typealias Draft = LedgerFixture.Draft

    @Test func whatIsArchivedIsFoundAsBeforeInTheSameOrderAndPages() async throws {
        let bench = try await ArchiveBench()
        let campaigns = try await bench.fill(slices: 3, rows: 200)
        // And some that stay.
        try await bench.bench.store(
            (0..<20).map { Draft(campaign: campaigns[0], index: 1000 + $0, at: 200 * 86_400 + Int64($0)) })
        let queries: [LedgerQuery] = [
            bench.bench.query(),
            bench.bench.query { $0.recipient = bench.bench.recipient(.phone, ArchiveBench.people[2]) },
            bench.bench.query { $0.campaign = campaigns[1] },
            bench.bench.query { $0.category = .marketing },
            bench.bench.query { $0.states = [.failed] },
            bench.bench.query { $0.providers = [1] },
            bench.bench.query { $0.reference = "ref-17" },
            bench.bench.query { $0.country = Region("US") },
            bench.bench.query { $0.channel = .email },
            bench.bench.query {
                $0.from = Timestamp(micros: LedgerFixture.start + 10_000_000)
                $0.to = Timestamp(micros: LedgerFixture.start + 20_020_000_000)
            },
            LedgerQuery(tenant: bench.bench.fixture.tenant.id + 1),
        ]
        var before: [[LedgerEntry]] = []
        for query in queries { before.append(try await bench.ledger.search(query, limit: 10_000)) }
        #expect(before.map(\.count).prefix(5).allSatisfy { $0 > 10 } && before[6].count == 1 && before[9].count > 10)

        let outcomes = try await bench.archive()
        #expect(outcomes.count == 3)
        #expect(try await bench.archives.list().map(\.rows) == [200, 200, 200])
        #expect(try await bench.ledger.search(queries[0], limit: 10_000).count == 20)
        // The open one and the one ahead.
        #expect(try await bench.tables == 2)
        for (query, rows) in zip(queries, before) {
            let found = try await bench.pages(query, of: 37)
            #expect(found.rows == rows && found.faults.isEmpty)
        }
    }

    @Test func aKeyLeadsToFewBlocks() async throws {
        let bench = try await ArchiveBench()
        let campaigns = try await bench.fill(slices: 2, rows: 100)
        try await bench.bench.store([Draft(campaign: campaigns[0], index: 900, at: 60_000, to: "+6590000001")])
        try await bench.close()
        try await bench.archive()
        let one = try await bench.archives.search(
            bench.bench.query { $0.recipient = bench.bench.recipient(.phone, "+6590000001") }, limit: 10)
        #expect(one.rows.count == 1 && one.blocksRead == 1)
        let none = try await bench.archives.search(bench.bench.query { $0.reference = "nobody" }, limit: 10)
        #expect(none.rows.isEmpty && none.blocksRead == 0)
        // The newest fill the page: older ones are not read.
        let newest = try await bench.archives.search(bench.bench.query(), limit: 1)
        #expect(newest.rows.count == 1 && newest.blocksRead == 1)
    }

    @Test func theProofHoldsByTheSumsThatWereKeptAndByTheFiles() async throws {
        let bench = try await ArchiveBench()
        _ = try await bench.fill(slices: 2, rows: 150)
        let before = try await bench.ledger.verify()
        #expect(before.differences.isEmpty && before.rows == 300 && before.archivedRows == 0)
        try await bench.archive()
        let after = try await bench.ledger.verify()
        #expect(after.differences.isEmpty && after.rows == 300 && after.archivedRows == 300)
        #expect(after.cost == before.cost && after.messages == before.messages)
        #expect(after.unbalanced == before.unbalanced)
        let border = RollupDelta.bucket(of: Timestamp(micros: LedgerFixture.start + 10_000_000_000))
        let part = try await bench.ledger.verify(.init(to: border))
        #expect(part.differences.isEmpty && part.rows == 150)
        #expect(try await bench.archives.verify().faults.isEmpty)
        // Sums that are not those of the files are found out by both.
        try await bench.database.run {
            try $0.execute(
                "UPDATE ledger_archive_count SET cost = cost + 1 WHERE ctid = (SELECT min(ctid) FROM ledger_archive_count)"
            )
        }
        #expect(try await !bench.ledger.verify().isSound)
        #expect(try await bench.archives.verify().faults.count == 1)
    }

    @Test func whatWentWrongIsStillInTheReports() async throws {
        let bench = try await ArchiveBench()
        _ = try await bench.fill(slices: 1, rows: 50)
        try await bench.database.run { try $0.execute("UPDATE ledger SET reason = 'no_route' WHERE provider = 0") }
        // The slices are of today, their rows are not.
        let period = (
            RollupDelta.bucket(of: Timestamp(micros: LedgerFixture.start)), Timestamp(micros: LedgerFixture.start * 2)
        )
        func reasons() async throws -> [ReasonRow] {
            try await UsageStore(database: bench.database).reading {
                try $0.reasons(from: period.0, to: period.1, tenant: bench.bench.fixture.tenant.id)
            }.sorted { "\($0)" < "\($1)" }
        }
        let before = try await reasons()
        #expect(!before.isEmpty)
        try await bench.archive()
        #expect(try await reasons() == before)
    }

    @Test func aSliceComesBackAsItWas() async throws {
        let bench = try await ArchiveBench()
        _ = try await bench.fill(slices: 2, rows: 120)
        let everything = "SELECT hashtextextended(string_agg(l::text, ',' ORDER BY l::text), 0) AS n FROM ledger l"
        let before = try await bench.count(everything)
        try await bench.archive()
        let entry = try #require(try await bench.archives.entry(1))
        #expect(try await bench.archives.restore(entry) == 120)
        #expect(try await bench.archives.list().map(\.number) == [2])
        let second = try #require(try await bench.archives.entry(2))
        #expect(try await bench.archives.restore(second) == 120)
        #expect(try await bench.count(everything) == before)
        #expect(try await bench.count("SELECT count(*) AS n FROM ledger_archive_count") == 0)
        #expect(try await bench.ledger.verify().differences.isEmpty)
        #expect(try await bench.ledger.sealSlices(closedFor: .zero) == 2)
        // What somebody brought back stays.
        #expect(try await bench.archive().isEmpty)
        let query = bench.bench.query { $0.recipient = bench.bench.recipient(.phone, ArchiveBench.people[0]) }
        #expect(try await bench.ledger.search(query, limit: 1000).count > 10)
    }

    @Test func onlySlicesWhoseRowsAreAllOldEnoughGo() async throws {
        let bench = try await ArchiveBench()
        let campaigns = try await bench.fill(slices: 2, rows: 10)
        try await bench.bench.store([Draft(campaign: campaigns[0], index: 500, at: 99 * 86_400)])
        try await bench.bench.store([Draft(campaign: campaigns[0], index: 501, at: 101 * 86_400)])
        try await bench.close()
        // Sealed, but its newest row is a day too young.
        #expect(try await bench.archive().count == 2)
        #expect(try await bench.archives.list().map(\.number) == [2, 1])
    }

    @Test func filesAloneAreWrittenWhereTheRowsShallStay() async throws {
        let bench = try await ArchiveBench()
        _ = try await bench.fill(slices: 1, rows: 10)
        #expect(try await bench.archive(keepsRows: true).count == 1)
        #expect(FileManager.default.fileExists(atPath: bench.path(1)))
        #expect(try await bench.archives.list().isEmpty)
        #expect(try await bench.pages(bench.bench.query(), of: 100).rows.count == 10)
        // And then for good, over the same file.
        #expect(try await bench.archive().count == 1)
        #expect(try await bench.pages(bench.bench.query(), of: 100).rows.count == 10)
    }

    /// A backup may name it, or it may be another Herald's.
    @Test func aFileWithOtherRowsIsLeftAlone() async throws {
        let bench = try await ArchiveBench()
        _ = try await bench.fill(slices: 1, rows: 10)
        _ = try await bench.archive(keepsRows: true)
        let before = try Data(contentsOf: URL(filePath: bench.path(1)))
        try await bench.database.run {
            try $0.execute("INSERT INTO ledger_000001 SELECT * FROM ledger_000001 LIMIT 1")
        }
        for _ in 0..<2 { _ = try await bench.archive(keepsRows: true) }
        #expect(try Data(contentsOf: URL(filePath: bench.path(1))) == before)
        // The same rows again are the same file.
        let names = try FileManager.default.contentsOfDirectory(atPath: bench.folder).sorted()
        #expect(names == ["ledger-000001-2.hla", "ledger-000001.hla"])
    }

    @Test func aMessageIsTracedIntoItsArchive() async throws {
        let bench = try await ArchiveBench()
        let campaigns = try await bench.fill(slices: 2, rows: 30)
        let all = try await bench.ledger.search(bench.bench.query { $0.campaign = campaigns[1] }, limit: 1000)
        try await bench.archive()
        let wanted = try #require(all.last)
        let found = try await bench.archives.traces([wanted.message])
        #expect(found.rows(of: wanted.message) == [wanted])
        #expect(found.archives(of: wanted.message).map(\.number) == [1])
        #expect(try await bench.ledger.trace(wanted.message).isEmpty)
        let other = MessageID(rawValue: wanted.message.rawValue + 1)
        let none = try await bench.archives.traces([other])
        #expect(none.rows(of: other).isEmpty && none.archives(of: other).isEmpty)
    }

    /// Half of a campaign would look like all of it.
    @Test func resultsOfACampaignThatIsArchivedAreRefused() async throws {
        let bench = try await ArchiveBench()
        let campaigns = try await bench.fill(slices: 1, rows: 10)
        try await bench.archive()
        let range = (MessageID(rawValue: 0), MessageID(rawValue: .max))
        await #expect(throws: RowsAreArchived.self) {
            try await bench.ledger.results(campaign: campaigns[0], from: range.0, to: range.1)
        }
        await #expect(throws: RowsAreArchived.self) {
            try await bench.ledger.messages(campaign: campaigns[0], states: [.failed])
        }
    }

    /// Who has the files and another key has nothing.
    @Test func withoutTheMasterKeyNoAddressIsOpened() async throws {
        let bench = try await ArchiveBench()
        _ = try await bench.fill(slices: 1, rows: 10)
        try await bench.archive()
        let other = ArchiveStore(database: bench.database, keys: KeyRing(masterKey: [UInt8](repeating: 8, count: 32)))
        await #expect(throws: StorageError.self) { try await other.search(bench.bench.query(), limit: 10) }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: bench.path(1)))
        #expect(bytes.range(of: Data("91234567".utf8)) == nil)
        let mode = try FileManager.default.attributesOfItem(atPath: bench.path(1))[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func twoRunsAtOnceDontMeet() async throws {
        let bench = try await ArchiveBench()
        _ = try await bench.fill(slices: 1, rows: 10)
        let holder = bench.database.dedicatedConnection(name: "holder")
        try await holder.run { try $0.execute("SELECT pg_advisory_lock(hashtext('herald ledger archive'))") }
        await #expect(throws: ArchiveRun.AlreadyRunning.self) { try await bench.archive() }
        await holder.close()
    }
}
