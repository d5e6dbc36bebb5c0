import Domain
import Storage
import Synchronization
import TestDatabase
import Testing

@testable import Jobs

/// Several processes over one database. The database's clock runs, ours is moved by hand.
@Suite(.database) struct SourceLimiterTests {
    private final class Hands: Sendable {
        private let time = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func pass(_ duration: Duration) { time.withLock { $0 += duration } }
    }

    private struct Bench {
        let database: Database
        let source: Source
        let hands = Hands()
        private let parties: PartyStore
        private let token = APIKeyToken.make(isTest: false)
        private let audit = AuditOrigin(actor: "tester", origin: "test")

        init() async throws {
            database = Database(url: try TestDatabase.current.connectionString, connections: 6)
            try await database.run { _ = try Migrations.apply(on: $0) }
            parties = PartyStore(database: database, keys: KeyRing(masterKey: [UInt8](repeating: 7, count: 32)))
            let tenant = try await parties.addTenant(name: "acme", tier: .paid, region: .none, timeZone: "UTC")
            try await parties.addSource(tenant: tenant.id, name: "checkout")
            source = try await parties.sources()[0]
            try await AccessStore(database: database).add(
                .init(token: token, source: source, scopes: [.sendOTP]), audit: audit)
        }

        func caller(_ change: (inout SourceLimits) -> Void) async throws -> Caller {
            var limits = SourceLimits()
            change(&limits)
            try await SourceRuleStore(database: database).setLimits(limits, of: source, audit: audit)
            return try #require(await AccessStore(database: database).record(token.id)).caller
        }

        func process() -> SourceLimiter { SourceLimiter(database: database, steady: { [hands] in hands.now }) }

        /// Of the only quota.
        func used() async throws -> Int64 {
            try await database.run { session in
                try session.query("SELECT coalesce(max(used), 0) AS n FROM source_quota")[0].int("n")
            }
        }
    }

    @Test func withoutLimitsNothingIsAsked() async throws {
        let bench = try await Bench()
        let caller = try await bench.caller { _ in }
        try await bench.database.run { try $0.execute("DROP TABLE source_quota; DROP TABLE provider_limit CASCADE") }
        #expect(try await bench.process().take(100_000, for: caller, isCritical: false) == .unlimited)
    }

    /// However they hurry, and however many there are: what passes is the quota, to the last recipient.
    @Test(arguments: [SourceLimits.Period.day, .month])
    func processesTogetherPassExactlyTheQuota(period: SourceLimits.Period) async throws {
        let bench = try await Bench()
        let caller = try await bench.caller { $0.quotas[period] = 1000 }
        let processes = (0..<3).map { _ in bench.process() }
        let passed = try await withThrowingTaskGroup { group in
            for number in 0..<60 {
                let process = processes[number % 3]
                group.addTask {
                    var passed = 0
                    for size in [1, 7, 20, 3, 11]
                    where try await process.take(size, for: caller, isCritical: number % 2 == 0).isGranted {
                        passed += size
                    }
                    return passed
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(passed <= 1000)
        // What was taken in advance and not used is brought back; then the rest is there for anybody.
        for process in processes { try await process.leave() }
        #expect(try await bench.used() == passed)
        let last = bench.process()
        var rest = 0
        while try await last.take(1, for: caller, isCritical: false).isGranted { rest += 1 }
        #expect(passed + rest == 1000)
        let refused = try await last.take(1, for: caller, isCritical: true)
        #expect(refused.refusal?.name == period.rawValue && refused.standings[0].remaining == 0)
        #expect(try await bench.used() == 1000)
    }

    @Test func aProcessThatDiesLosesNoMoreThanItHeld() async throws {
        let bench = try await Bench()
        let caller = try await bench.caller { $0.quotas[.day] = 10_000 }
        let dying = bench.process()
        for _ in 0..<50 { #expect(try await dying.take(1, for: caller, isCritical: false).isGranted) }
        try await dying.settle()
        #expect(try await (50...200).contains(bench.used()))
        let next = bench.process()
        let verdict = try await next.take(1, for: caller, isCritical: false)
        #expect(verdict.isGranted && verdict.standings[0].remaining >= 9_700)
    }

    @Test func fromMemoryWhereTheShareAllowsIt() async throws {
        let bench = try await Bench()
        let caller = try await bench.caller {
            $0.rate = .init(perSecond: 1000, burst: 1000)
            $0.quotas[.day] = 1_000_000
        }
        let process = bench.process()
        #expect(process.quickTake(1, for: caller, isCritical: false) == nil)
        for _ in 0..<20 { #expect(try await process.take(1, for: caller, isCritical: false).isGranted) }
        try await process.settle()
        for _ in 0..<20 { #expect(process.quickTake(1, for: caller, isCritical: false)?.isGranted == true) }
        process.giveBack(20, for: caller, isCritical: false)
        for _ in 0..<20 { #expect(process.quickTake(1, for: caller, isCritical: false)?.isGranted == true) }
        // Idle for a minute: it holds nothing any more.
        bench.hands.pass(.seconds(61))
        try await process.settle()
        let used = try await bench.used()
        #expect(used == 40)
        #expect(process.quickTake(1, for: caller, isCritical: false) == nil)
    }

    @Test func ratesAreSharedByTheProcesses() async throws {
        let bench = try await Bench()
        let caller = try await bench.caller { $0.rate = .init(perSecond: 100, burst: 100) }
        let processes = [bench.process(), bench.process()]
        // Twice as much as there is for both.
        func passed(_ process: SourceLimiter) async throws -> Int {
            var passed = 0
            for _ in 0..<200 where try await process.take(1, for: caller, isCritical: false).isGranted { passed += 1 }
            return passed
        }
        // The first is alone and has all of it. Then both want more than there is.
        #expect(try await passed(processes[0]) == 100)
        for _ in 0..<6 {
            try await bench.database.run {
                try $0.execute("UPDATE provider_limit SET seen = seen - interval '1 second'")
            }
            bench.hands.pass(.seconds(1))
            for process in processes {
                try await process.settle()
                _ = try await passed(process)
            }
        }
        bench.hands.pass(.seconds(1))
        let last = [try await passed(processes[0]), try await passed(processes[1])]
        #expect(last.allSatisfy { (40...60).contains($0) }, "\(last)")
        // They say so in the ledger, under the source's number below zero.
        let keys = try await bench.database.run { session in
            try session.query("SELECT DISTINCT provider FROM provider_limit").map { try $0.int("provider") }
        }
        #expect(keys == [-bench.source.id])
    }

    @Test func aDatabaseThatIsAwayIsAnErrorAndNoLeave() async throws {
        let bench = try await Bench()
        let caller = try await bench.caller { $0.quotas[.hour] = 100 }
        try await bench.database.run { try $0.execute("ALTER TABLE source_quota RENAME TO gone") }
        let process = bench.process()
        for _ in 0..<2 {
            await #expect(throws: StorageError.self) { try await process.take(1, for: caller, isCritical: false) }
        }
        try await bench.database.run { try $0.execute("ALTER TABLE gone RENAME TO source_quota") }
        #expect(try await process.take(1, for: caller, isCritical: false).isGranted)
    }
}
