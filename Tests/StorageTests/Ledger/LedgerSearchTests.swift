import Domain
import TestDatabase
import TestSupport
import Testing

@testable import Storage

@Suite(.database) struct LedgerSearchTests {
    private typealias Draft = LedgerFixture.Draft

    /// Random rows over three slices; each combination of conditions finds what a filter in memory finds, in pages of any
    /// size, newest first, before the slices are sealed and after.
    @Test(arguments: [1, 2, 3] as [UInt64]) func everyCombinationFindsWhatAFilterFinds(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let bench = try await LedgerFixture()
        let campaigns = [
            try await bench.fixture.campaign(shards: [2000]), try await bench.fixture.campaign(shards: [2000]),
        ]
        var all: [Draft] = []
        for slice in 0..<3 {
            var drafts: [Draft] = []
            for index in 0..<60 {
                var draft = Draft(
                    campaign: campaigns[Int.random(in: 0..<2, using: &random)], index: slice * 60 + index,
                    at: Int64.random(in: 0..<20_000, using: &random))
                draft.to = "+659123456\(Int.random(in: 0..<4, using: &random))"
                draft.state = [.sent, .failed, .unknown][Int.random(in: 0..<3, using: &random)]
                draft.provider = Int64.random(in: 0...1, using: &random)
                draft.channel = [.sms, .voice][Int.random(in: 0..<2, using: &random)]
                draft.country = ["SG", "MY"][Int.random(in: 0..<2, using: &random)]
                draft.reference = "r\(Int.random(in: 0..<90, using: &random))"
                drafts.append(draft)
            }
            try await bench.store(drafts)
            all += drafts
            if slice < 2 { #expect(try await bench.ledger.rotateSlices(above: -1)) }
        }
        for isSealed in [false, true] {
            if isSealed { #expect(try await bench.ledger.sealSlices(closedFor: .zero) == 2) }
            for _ in 0..<25 {
                var query = bench.query()
                var fits: [(Draft) -> Bool] = []
                if Bool.random(using: &random) {
                    let address = "+659123456\(Int.random(in: 0..<4, using: &random))"
                    query.recipient = bench.recipient(.phone, address)
                    fits.append { $0.to == address }
                }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    let reference = "r\(Int.random(in: 0..<90, using: &random))"
                    query.reference = reference
                    fits.append { $0.reference == reference }
                }
                if Int.random(in: 0..<3, using: &random) == 0 {
                    query.campaign = campaigns[0]
                    fits.append { $0.campaign == campaigns[0] }
                }
                if Int.random(in: 0..<3, using: &random) == 0 {
                    query.states = [.failed, .unknown]
                    fits.append { $0.state != .sent }
                }
                if Int.random(in: 0..<3, using: &random) == 0 {
                    query.channel = .voice
                    fits.append { $0.channel == .voice }
                }
                if Int.random(in: 0..<3, using: &random) == 0 {
                    query.providers = [1]
                    fits.append { $0.provider == 1 }
                }
                if Int.random(in: 0..<3, using: &random) == 0 {
                    query.country = Region("MY")
                    fits.append { $0.country == "MY" }
                }
                if Bool.random(using: &random) {
                    let (from, to) = (Int64.random(in: 0..<10_000, using: &random), Int64(15_000))
                    query.from = Timestamp(micros: LedgerFixture.start + from * 1_000_000)
                    query.to = Timestamp(micros: LedgerFixture.start + to * 1_000_000)
                    fits.append { $0.at >= from && $0.at < to }
                }
                let expected = all.filter { draft in fits.allSatisfy { $0(draft) } }
                let size = Int.random(in: 1...70, using: &random)
                let found = try await bench.pages(query, of: size)
                let numbers = expected.sorted { ($0.at, $0.campaign, $0.index) > ($1.at, $1.campaign, $1.index) }
                    .map { "\($0.campaign) \($0.index)" }
                #expect(found.map { "\($0.campaign) \($0.message.index)" } == numbers, "\(query), pages of \(size)")
            }
        }
    }

    @Test func anEmailAddressIsFoundInTheUsualSpellings() async throws {
        let bench = try await LedgerFixture()
        let campaign = try await bench.fixture.campaign(shards: [10])
        let stored = ["jane.doe@example.org", "Jane.Doe@example.org", "JANE.DOE@example.org", "john@example.org"]
        try await bench.store(
            stored.enumerated().map {
                Draft(campaign: campaign, index: $0.offset, at: Int64($0.offset), to: $0.element, channel: .email)
            })
        for written in ["jane.doe@example.org", "JANE.DOE@example.org", "Jane.Doe@example.org"] {
            let query = bench.query { $0.recipient = bench.recipient(.email, written) }
            #expect(
                Set(try await bench.ledger.search(query, limit: 10).map(\.recipient)) == Set(stored.prefix(3)),
                "\(written)")
        }
    }

    @Test func sourceAndCategoryAreTheCampaigns() async throws {
        let bench = try await LedgerFixture()
        let marketing = try await bench.fixture.campaign(shards: [10])
        let otp = try await bench.fixture.campaign(shards: [10], category: .otp)
        try await bench.fixture.database.run { session in
            try session.execute(
                "UPDATE campaign SET source = (SELECT min(id) FROM source) WHERE id = $1", [.int(otp)])
        }
        try await bench.store([
            Draft(campaign: marketing, index: 0, at: 1), Draft(campaign: otp, index: 0, at: 2),
        ])
        let byCategory = try await bench.ledger.search(bench.query { $0.category = .marketing }, limit: 10)
        #expect(byCategory.map(\.campaign) == [marketing])
        let sources = try await bench.ledger.sources(named: "shop", tenant: bench.fixture.tenant.id)
        let bySource = try await bench.ledger.search(bench.query { $0.sources = sources }, limit: 10)
        #expect(bySource.map(\.campaign) == [otp] && bySource.map(\.source) == ["shop"])
        #expect(try await bench.ledger.search(bench.query { $0.sources = [] }, limit: 10).isEmpty)
    }

    @Test func aSearchThatTakesTooLongIsStoppedWithAWord() async throws {
        let bench = try await LedgerFixture()
        let campaign = try await bench.fixture.campaign(shards: [10])
        try await bench.store([Draft(campaign: campaign, index: 0, at: 1)])
        // Somebody holds the rows: the search waits, and gives up by itself.
        let holder = bench.fixture.database.dedicatedConnection(name: "holder")
        let slice = try await bench.ledger.currentSlice()
        try await holder.run { session in
            try session.execute("BEGIN; LOCK TABLE \(slice.table) IN ACCESS EXCLUSIVE MODE")
        }
        await #expect(throws: SearchTookTooLong.self) {
            _ = try await bench.ledger.search(bench.query(), limit: 10, within: .milliseconds(200))
        }
        try await holder.run { try $0.execute("ROLLBACK") }
        #expect(try await bench.ledger.search(bench.query(), limit: 10).count == 1)
    }

    /// What corrects a message of a sealed slice is found by its time.
    @Test func correctionsInSealedSlicesAreFoundByTheirTime() async throws {
        let bench = try await LedgerFixture()
        let campaign = try await bench.fixture.campaign(shards: [10])
        try await bench.store([Draft(campaign: campaign, index: 0, at: 1)])
        let slice = try await bench.ledger.currentSlice()
        _ = try await bench.ledger.rotateSlices(above: -1)
        _ = try await bench.ledger.sealSlices(closedFor: .zero)
        try await bench.fixture.database.run { session in
            // Long ago, so that its times are trusted.
            try session.execute(
                "UPDATE ledger_slice SET closed_at = closed_at - interval '30 days' WHERE number = \(slice.number)")
            try session.execute(
                """
                INSERT INTO \(slice.table) SELECT message, at + interval '5 days', cost, search, reference_hash, campaign, slice, tenant,
                       provider, attempt, 0, 8, true, 6, country, currency, reason, reference, recipient, channel FROM \(slice.table)
                """)
        }
        let late = bench.query { $0.from = Timestamp(micros: LedgerFixture.start + 86_400_000_000) }
        try await bench.ledger.followSealedSlices()
        #expect(try await bench.ledger.search(late, limit: 10).map(\.state) == [.delivered])
    }

    /// To read all pages of a slice of a million rows took a second.
    @Test func theNewestEndIsGoneToAndNoOtherPageIsRead() async throws {
        let bench = try await LedgerFixture()
        let slice = try await bench.ledger.currentSlice()
        let plan = try await bench.fixture.database.run { session in
            let tail = try LedgerTail.condition(16, of: slice, on: session)
            return try session.query("EXPLAIN SELECT max(at) FROM \(slice.table) WHERE \(tail)").map {
                try $0.text("\"QUERY PLAN\"")
            }
        }
        #expect(plan.contains { $0.contains("Tid Range Scan") })
    }

    @Test func sealingGivesAnIndexAndIsDoneOnce() async throws {
        let bench = try await LedgerFixture()
        let campaign = try await bench.fixture.campaign(shards: [10])
        try await bench.store([Draft(campaign: campaign, index: 0, at: 1)])
        let slice = try await bench.ledger.currentSlice()
        _ = try await bench.ledger.rotateSlices(above: -1)
        #expect(try await bench.ledger.sealSlices(closedFor: .seconds(3600)) == 0)
        // What a killed process left half made.
        try await bench.fixture.database.run { session in
            try session.execute("CREATE INDEX \(slice.table)_search ON \(slice.table) (search)")
            try session.execute(
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = '\(slice.table)_search'::regclass")
        }
        #expect(try await bench.ledger.sealSlices(closedFor: .zero) == 1)
        #expect(try await bench.ledger.sealSlices(closedFor: .zero) == 0)
        let indexes = try await bench.fixture.database.run { session in
            try session.query(
                """
                SELECT pg_get_indexdef(indexrelid) AS text FROM pg_index
                 WHERE indrelid = '\(slice.table)'::regclass AND indisvalid
                """
            ).map { try $0.text("text") }
        }
        #expect(indexes.filter { $0.contains("search") }.map { $0.contains("btree (search)") } == [true])
        #expect(indexes.contains { $0.contains("brin (message") && $0.contains("reference_hash") })
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.x!", "1.2.99999999.1", "....", "zzzzzzzzzzzzzzzz.1.1.1"])
    func whatIsNoCursorIsNone(text: String) {
        #expect(LedgerCursor(text) == nil)
    }
}
