import Domain
import Storage
import TestDatabase
import Testing

/// Shares of a limit among processes. A period is one settlement of everybody; the limit's clock is moved by hand.
@Suite(.database) struct LimitStoreTests {
    private struct Bench {
        let database: Database
        let store: LimitStore
        /// What each process may send a second, as it knows it.
        var rates: [Int64: Double] = [:]

        init() async throws {
            database = Database(url: try TestDatabase.current.connectionString, connections: 4)
            try await database.run { _ = try Migrations.apply(on: $0) }
            store = LimitStore(database: database)
            // However long this takes, for the limits no time goes by: they were seen in the future, always.
            try await database.run { session in
                try session.execute(
                    """
                    CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN NEW.seen := clock_timestamp() + interval '1 year'; RETURN NEW; END $$
                    """)
                try session.execute(
                    "CREATE TRIGGER hold BEFORE INSERT OR UPDATE ON provider_limit FOR EACH ROW EXECUTE FUNCTION hold()"
                )
            }
        }

        @discardableResult
        mutating func settle(_ process: Int64, wants wanted: Double, of limit: Double) async throws -> Double {
            let settled = try await store.settle(
                process: process, [.init(provider: 1, destination: "", limit: limit, wanted: wanted)])
            rates[process] = settled[0].perSecond
            return settled[0].perSecond
        }

        /// Everybody settles; at no moment may those that are leased exceed the limit.
        mutating func period(_ wanted: [Int64: Double], of limit: Double) async throws {
            try await pass(1)
            for (process, rate) in wanted.sorted(by: { $0.key < $1.key }) {
                try await settle(process, wants: rate, of: limit)
                #expect(rates.values.reduce(0, +) <= limit + 1e-6)
            }
        }

        /// So many seconds go by for the limits.
        func pass(_ seconds: Double) async throws {
            try await database.run { session in
                try session.execute("UPDATE provider_limit SET clock = clock + \(Int(seconds * 1000)) / 1000.0")
            }
        }

        /// The database's clock is set by so much.
        func jump(_ seconds: Int) async throws {
            try await database.run { session in
                try session.execute("ALTER TABLE provider_limit DISABLE TRIGGER hold")
                try session.execute(
                    "UPDATE provider_limit SET seen = clock_timestamp() - interval '1 second' * (\(seconds))")
                try session.execute("ALTER TABLE provider_limit ENABLE TRIGGER hold")
            }
        }
    }

    @Test func whoIsAloneHasAllOfIt() async throws {
        var bench = try await Bench()
        #expect(try await bench.settle(1, wants: 0, of: 30) == 30)
        #expect(try await bench.settle(1, wants: 30, of: 30) == 30)
        #expect(try await bench.settle(1, wants: 0.1, of: 0.5) == 0.5)
    }

    @Test func thoseWhoWantMoreThanThereIsShareEvenly() async throws {
        var bench = try await Bench()
        try await bench.settle(1, wants: 100, of: 100)
        for _ in 0..<3 { try await bench.period([1: 100, 2: 100, 3: 100, 4: 100], of: 100) }
        #expect(bench.rates.values.allSatisfy { abs($0 - 25) < 0.001 })
    }

    @Test func whoWantsLittleGetsItAndTheOthersTheRest() async throws {
        var bench = try await Bench()
        for _ in 0..<4 { try await bench.period([1: 100, 2: 10, 3: 100, 4: 0], of: 100) }
        #expect(abs((bench.rates[2] ?? 0) - 10) < 0.001 && bench.rates[4] == 0)
        #expect(abs((bench.rates[1] ?? 0) - 45) < 0.001 && abs((bench.rates[3] ?? 0) - 45) < 0.001)
        // Nobody wants much: what is left is there for whoever does next.
        for _ in 0..<4 { try await bench.period([1: 10, 2: 10, 3: 0, 4: 0], of: 100) }
        #expect(abs(bench.rates.values.reduce(0, +) - 100) < 0.001)
        #expect(bench.rates.values.allSatisfy { $0 >= 20 - 0.001 })
    }

    @Test func theSumNeverExceedsTheLimitWhateverHappens() async throws {
        var bench = try await Bench()
        var random = SeededNumbers(seed: 11)
        var alive: Set<Int64> = [1]
        // When the leases end, by the processes' own clocks.
        var leases: [Int64: Double] = [:]
        var now = 0.0
        let limit = 40.0
        for _ in 0..<300 {
            let step = Double(random.next() % 700) / 1000
            now += step
            try await bench.pass(step)
            if random.next() % 10 == 0 { alive.insert(Int64(random.next() % 9) + 1) }
            if random.next() % 12 == 0, let dead = alive.randomElement(using: &random) { alive.remove(dead) }
            guard let process = alive.randomElement(using: &random) else { continue }
            try await bench.settle(process, wants: Double(random.next() % 60), of: limit)
            leases[process] = now + 2
            for (process, end) in leases where end < now { bench.rates[process] = 0 }
            #expect(bench.rates.values.reduce(0, +) <= limit + 1e-6)
        }
    }

    @Test func aDeadProcessLosesItsShareAfterItsLease() async throws {
        var bench = try await Bench()
        for _ in 0..<3 { try await bench.period([1: 100, 2: 100], of: 100) }
        bench.rates[2] = nil
        for _ in 0..<3 {
            try await bench.period([1: 100], of: 100)
            #expect(bench.rates[1] == 50)
        }
        try await bench.period([1: 100], of: 100)
        #expect(bench.rates[1] == 100)
    }

    @Test func whoLeavesInOrderLeavesItAtOnce() async throws {
        var bench = try await Bench()
        for _ in 0..<3 { try await bench.period([1: 100, 2: 100], of: 100) }
        try await bench.store.leave(process: 2)
        #expect(try await bench.settle(1, wants: 100, of: 100) == 100)
    }

    @Test(arguments: [86_400, -86_400])
    func aJumpOfTheWallClockEndsNoLease(seconds: Int) async throws {
        var bench = try await Bench()
        for _ in 0..<3 { try await bench.period([1: 100, 2: 100], of: 100) }
        try await bench.jump(seconds)
        #expect(try await bench.settle(1, wants: 100, of: 100) == 50)
        for _ in 0..<3 { try await bench.period([1: 100, 2: 100], of: 100) }
        #expect(bench.rates[1] == 50 && bench.rates[2] == 50)
    }

    @Test func aLimitTooSmallToShareIsOneProcessesForAWhile() async throws {
        var bench = try await Bench()
        var seconds: [Int64: Int] = [:]
        for _ in 0..<60 {
            try await bench.period([1: 2, 2: 2, 3: 2, 4: 0], of: 2)
            let holders = bench.rates.filter { $0.value > 0 }
            #expect(holders.count <= 1)
            if let holder = holders.first {
                #expect(holder.value == 2)
                seconds[holder.key, default: 0] += 1
            }
        }
        // Each of the three that want it has its turns, and the fourth none.
        #expect(Set(seconds.keys) == [1, 2, 3])
        #expect(seconds.values.allSatisfy { $0 >= 12 })
        #expect(seconds.values.reduce(0, +) >= 48)
    }

    @Test func manyLimitsAreOneStatementAndDoNotMix() async throws {
        let bench = try await Bench()
        let settled = try await bench.store.settle(
            process: 7,
            [
                .init(provider: 2, destination: "SG", limit: 30, wanted: 0),
                .init(provider: 1, destination: "", limit: 0.25, wanted: 9),
                .init(provider: 2, destination: "", limit: 1000, wanted: 10),
            ])
        let rates = settled.map { [$0.destination: $0.perSecond] }
        #expect(Set(rates) == [["SG": 30], ["": 0.25], ["": 1000]])
        #expect(settled.allSatisfy { $0.processes == 1 })
    }

    /// Settling at the same time, each with several limits in another order.
    @Test func settlementsAtTheSameTimeWaitForEachOtherAndNeverExceedTheLimit() async throws {
        let bench = try await Bench()
        let store = bench.store
        let rates = try await withThrowingTaskGroup { group in
            for process in 1...8 {
                group.addTask {
                    var shares = (1...4).map {
                        LimitStore.Share(provider: Int64($0), destination: "", limit: 100, wanted: 100)
                    }
                    if process % 2 == 0 { shares.reverse() }
                    var last: [LimitStore.Settled] = []
                    for _ in 0..<20 { last = try await store.settle(process: Int64(process), shares) }
                    return last
                }
            }
            var all: [Int64: Double] = [:]
            for try await settled in group {
                for share in settled { all[share.provider, default: 0] += share.perSecond }
            }
            return all
        }
        #expect(rates.count == 4 && rates.values.allSatisfy { $0 <= 100 + 1e-6 })
    }
}

/// The same numbers for the same seed.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
