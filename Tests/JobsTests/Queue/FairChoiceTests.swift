import Domain
import Storage
import TestSupport
import Testing

@testable import Jobs

/// Whose turn it is, without a queue: the clock moves by hand, and slots are worked off in a simulation.
@Suite struct FairChoiceTests {
    private let start = ContinuousClock.now

    private func waiting(_ tenants: [Int64], priority: Priority = .normal, weight: Double = 1) -> [WaitingWork] {
        tenants.map {
            WaitingWork(work: TenantWork(priority: priority, tenant: $0), weight: weight, dueIn: .zero)
        }
    }

    private func book(_ waiting: [WaitingWork], _ choice: inout FairChoice) -> DueBook {
        var book = DueBook()
        book.replace(with: waiting, looked: start) { choice.place(of: $0) }
        return book
    }

    /// Who is drawn for all the room there is; the shards are in work from then on.
    private func draw(
        _ choice: inout FairChoice, _ waiting: [WaitingWork], slots: Int, spare: Int = 0, first: Int64 = 1,
        at time: Duration = .zero
    ) -> [TenantWork] {
        let room = FairChoice.Room(slots: slots, spare: spare)
        let book = book(waiting, &choice)
        let (orders, _) = choice.choose(from: book, room: room, now: start + time)
        let drawn = orders.flatMap { Array(repeating: $0.work, count: $0.count) }
        for (number, work) in drawn.enumerated() {
            choice.took(first + Int64(number), of: work, recipients: 100, now: start + time)
        }
        return drawn
    }

    @Test func sharesAreAsTheWeights() {
        var simulation = FairSimulation(slots: 8, seed: 1)
        for tenant in 1...60 {
            simulation.tenants[Int64(tenant)] = .init(
                weight: [8, 4, 1][tenant % 3], backlog: 1_000_000, shard: .milliseconds(10))
        }
        simulation.run(for: .seconds(20))
        let weights = simulation.tenants.values.reduce(0) { $0 + $1.weight }
        let total = simulation.tenants.values.reduce(0) { $0 + $1.time }
        for tenant in simulation.tenants.values {
            let share = tenant.time / total * weights / tenant.weight
            #expect(share > 0.9 && share < 1.1, "\(tenant)")
        }
    }

    /// The slots take half of what is offered; one of a thousand tenants offers 60% of it.
    @Test func aTenantThatOffersMostWaitsForItselfAlone() {
        var simulation = FairSimulation(slots: 8, seed: 2)
        simulation.tenants[1] = .init(weight: 1, backlog: 0, shard: .milliseconds(10), rate: 960)
        for tenant in 2...1000 {
            simulation.tenants[Int64(tenant)] = .init(
                weight: 1, backlog: 0, shard: .milliseconds(10), rate: 640.0 / 999)
        }
        simulation.run(for: .seconds(20))
        let others = simulation.tenants.filter { $0.key != 1 }.values
        let (offered, served) = others.reduce((0, 0)) { ($0.0 + $1.offered, $0.1 + $1.served) }
        #expect(served > offered * 98 / 100)
        #expect(others.map(\.longestWait).max() ?? .zero < .milliseconds(500))
        // What the others leave of 800 shards a second.
        let left = 800 * 20 - served
        let greedy = simulation.tenants[1]?.served ?? 0
        #expect(greedy > left * 9 / 10 && greedy < left * 11 / 10)
    }

    /// Ten times slower: the same slot time, a tenth of the shards.
    @Test func slowWorkCountsForWhatItHolds() {
        var simulation = FairSimulation(slots: 4, seed: 3)
        simulation.tenants[1] = .init(weight: 1, backlog: 1_000_000, shard: .milliseconds(100))
        simulation.tenants[2] = .init(weight: 1, backlog: 1_000_000, shard: .milliseconds(10))
        simulation.run(for: .seconds(20))
        let slow = simulation.tenants[1]?.time ?? 0
        let quick = simulation.tenants[2]?.time ?? 0
        #expect(slow / quick > 0.9 && slow / quick < 1.1)
    }

    /// Neither saved up nor in arrears.
    @Test func whoComesBackStartsWhereTheOthersAre() {
        var choice = FairChoice()
        var now: Duration = .zero
        func serve(_ tenants: [Int64], times: Int) -> [Int64: Int] {
            var served: [Int64: Int] = [:]
            choice.wait(waiting(tenants))
            for _ in 0..<times {
                let drawn = draw(&choice, waiting(tenants), slots: 1, at: now)[0].tenant
                served[drawn, default: 0] += 1
                now += .milliseconds(10)
                choice.finished(1, recipients: 100, now: start + now)
            }
            return served
        }
        _ = serve([1, 2], times: 10)
        _ = serve([1], times: 500)
        let both = serve([1, 2], times: 100)
        #expect(abs((both[1] ?? 0) - (both[2] ?? 0)) <= 2, "\(both)")
    }

    @Test func urgentWorkGoesFirstAndEveryPriorityKeepsADrawInAHundred() {
        var choice = FairChoice()
        let all = Priority.allCases.flatMap { waiting([Int64($0.rawValue) + 1], priority: $0) }
        choice.wait(all)
        var counts: [Priority: Int] = [:]
        for number in 0..<1000 {
            let work = draw(&choice, all, slots: 1, at: .milliseconds(number * 10))[0]
            counts[work.priority, default: 0] += 1
            choice.finished(1, recipients: 100, now: start + .milliseconds(number * 10 + 10))
        }
        #expect(counts[.critical] ?? 0 >= 960)
        for priority in [Priority.high, .normal, .low] {
            #expect((9...11).contains(counts[priority] ?? 0), "\(counts)")
        }
    }

    @Test func theLowestLeavesRoomWhileThereAreOthers() {
        var choice = FairChoice()
        let low = waiting([1], priority: .low)
        choice.wait(low)
        let alone = draw(&choice, low, slots: 8)
        #expect(alone.count == 8)
        for shard in 1...8 { choice.finished(Int64(shard), recipients: 100, now: start + .seconds(1)) }
        let high = waiting([2], priority: .high)
        choice.wait(low + high)
        _ = draw(&choice, high, slots: 1, at: .seconds(1))
        choice.finished(1, recipients: 100, now: start + .seconds(2))
        // Of eight slots two stay free for a while.
        let beside = draw(&choice, low, slots: 8, at: .seconds(2))
        #expect(beside.count == 6)
        let later = draw(&choice, low, slots: 8, first: 7, at: .seconds(20))
        #expect(later.count == 2)
    }

    @Test func oneTenantLeavesTheSpareSlotsToOthers() {
        var choice = FairChoice()
        choice.wait(waiting([1]))
        let alone = draw(&choice, waiting([1]), slots: 4, spare: 1)
        #expect(alone.count == 4)
        choice.wait(waiting([1, 2]))
        let more = draw(&choice, waiting([1, 2]), slots: 4, spare: 1, first: 5)
        #expect(more.map(\.tenant) == [2])
    }

    /// The slots wait for one provider; the spare one is not for that too.
    @Test func oneProviderLeavesTheSpareSlotsToOthers() {
        var choice = FairChoice()
        choice.wait(waiting([1, 2, 3]))
        for tenant in Int64(1)...3 {
            choice.took(tenant, of: TenantWork(priority: .normal, tenant: tenant), recipients: 1, now: start)
            choice.finished(tenant, recipients: 1, provider: tenant == 3 ? 8 : 7, now: start + .milliseconds(1))
        }
        _ = draw(&choice, waiting([1]), slots: 2)
        let same = draw(&choice, waiting([2]), slots: 2, spare: 1, first: 3)
        #expect(same.isEmpty)
        let other = draw(&choice, waiting([2, 3]), slots: 2, spare: 1, first: 3)
        #expect(other.map(\.tenant) == [3])
    }

    @Test func aLongShardGivesWayToOneThatWaitsAndOnlyOneDoes() {
        var choice = FairChoice()
        let (both, room) = (waiting([1, 2]), FairChoice.Room(slots: 2, spare: 0))
        choice.wait(waiting([1]))
        _ = draw(&choice, waiting([1]), slots: 2)
        choice.wait(both)
        func givesWay(_ shard: Int64, _ windows: Int = 1, to waiting: [WaitingWork], after time: Duration) -> Bool {
            let book = book(waiting, &choice)
            return choice.givesWay(shard, windows: windows, to: book, room: room, now: start + time)
        }
        #expect(!givesWay(1, to: both, after: .milliseconds(900)))
        #expect(!givesWay(1, 9, to: waiting([1]), after: .seconds(2)))
        #expect(givesWay(1, to: both, after: .seconds(2)))
        #expect(!givesWay(2, to: both, after: .seconds(2)))
        choice.finished(1, recipients: 10, now: start + .seconds(2))
        // With a slot free nobody needs to.
        #expect(!givesWay(2, to: both, after: .seconds(2)))
    }

    @Test func urgentWorkOfTheSameTenantIsGivenWayTo() {
        var choice = FairChoice()
        let room = FairChoice.Room(slots: 1, spare: 0)
        _ = draw(&choice, waiting([1], priority: .low), slots: 1)
        func givesWay(to priority: Priority) -> Bool {
            let book = book(waiting([1], priority: priority), &choice)
            return choice.givesWay(1, windows: 8, to: book, room: room, now: start + .milliseconds(10))
        }
        #expect(!givesWay(to: .low))
        #expect(givesWay(to: .high))
    }
}
