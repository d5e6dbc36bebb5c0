import Domain
import Storage
import Synchronization
import TestDatabase
import TestSupport
import Testing

@testable import Jobs

/// How often the queue is looked into, and that nothing is taken late for it.
@Suite struct ShardDeskTests {
    /// A desk over a queue in memory that counts what is asked of it; both go by one clock.
    private struct Bench {
        let wall = ManualClock()
        let memory: MemoryQueue
        let queue: CountingQueue
        let desk: ShardDesk
        let room = FairChoice.Room(slots: 4, spare: 1)

        init() {
            let (wall, start) = (wall, ContinuousClock.now)
            let first = wall.now()
            memory = MemoryQueue(now: { wall.now() })
            queue = CountingQueue(base: memory)
            desk = ShardDesk(queue: queue, now: { start + (wall.now() - first) })
        }

        func add(_ id: Int64, tenant: Int64 = 1, campaign: Int64 = 1, after delay: Duration = .zero) async {
            await memory.add(
                ClaimedShard(id: id, campaign: campaign, tenant: tenant, token: 0, body: id, ids: id, count: 10),
                due: wall.now() + delay)
        }

        func next() async throws -> [Int64] { try await desk.next(worker: 1, room: room).map(\.id) }
    }

    @Test func freeSlotsAreFilledByOneStatement() async throws {
        let bench = Bench()
        for id in Int64(1)...9 { await bench.add(id, tenant: id % 3) }
        // The fifth is for a tenant that has nothing in work.
        #expect(try await bench.next().count == 4)
        #expect(bench.queue.counts == .init(looks: 1, claims: 1))
        #expect(try await bench.next().isEmpty)
        #expect(bench.queue.counts == .init(looks: 1, claims: 1))
    }

    @Test func aLookLastsATenthOfASecondUnlessSomethingChanged() async throws {
        let bench = Bench()
        for id in Int64(1)...3 { await bench.add(id) }
        #expect(try await bench.next().count == 3)
        await bench.add(4, tenant: 2)
        bench.wall.pass(.milliseconds(99))
        #expect(try await bench.next().isEmpty)
        #expect(bench.queue.counts.looks == 1)
        bench.wall.pass(.milliseconds(1))
        #expect(try await bench.next() == [4])
        #expect(bench.queue.counts.looks == 2)
        await bench.add(5, tenant: 3)
        bench.wall.pass(.milliseconds(5))
        await bench.desk.wake()
        #expect(try await bench.next() == [5])
        #expect(bench.queue.counts.looks == 3)
    }

    @Test func whatIsDueSoonIsTakenOnTimeWithoutAnotherLook() async throws {
        let bench = Bench()
        await bench.add(1, after: .milliseconds(130))
        #expect(try await bench.next().isEmpty)
        #expect(await bench.desk.pause(bench.room) == .milliseconds(130))
        bench.wall.pass(.milliseconds(129))
        #expect(try await bench.next().isEmpty)
        bench.wall.pass(.milliseconds(1))
        #expect(try await bench.next() == [1])
        #expect(bench.queue.counts == .init(looks: 1, claims: 1))
    }

    /// Scheduled messages come one after another; a look for each would cost too much.
    @Test func whoHadSomethingDueIsAskedAgainAtOnceAndOnceInVain() async throws {
        let bench = Bench()
        await bench.add(1)
        await bench.add(2, after: .milliseconds(40))
        #expect(try await bench.next() == [1])
        #expect(await bench.desk.pause(bench.room) == .milliseconds(50))
        bench.wall.pass(.milliseconds(50))
        #expect(try await bench.next() == [2])
        bench.wall.pass(.milliseconds(49))
        #expect(try await bench.next().isEmpty)
        #expect(bench.queue.counts == .init(looks: 1, claims: 2))
        bench.wall.pass(.milliseconds(1))
        #expect(try await bench.next().isEmpty)
        let claims = bench.queue.counts.claims
        bench.wall.pass(.milliseconds(99))
        #expect(try await bench.next().isEmpty)
        #expect(bench.queue.counts.claims == claims)
    }

    @Test func whoHasNothingToTakeIsLeftAloneForAWhile() async throws {
        let bench = Bench()
        for tenant in Int64(1)...40 { await bench.add(tenant, tenant: tenant, campaign: tenant) }
        for tenant in Int64(1)...39 { await bench.memory.set(campaign: tenant, to: .paused) }
        // The one that has something is found among the others in a few steps.
        #expect(try await bench.next() == [40])
        #expect(bench.queue.counts.claims <= 3)
        #expect(try await bench.next().isEmpty)
        let claims = bench.queue.counts.claims
        #expect(claims <= 5)
        bench.wall.pass(.milliseconds(20))
        #expect(try await bench.next().isEmpty)
        #expect(bench.queue.counts.claims == claims)
        await bench.memory.set(campaign: 7, to: .running)
        await bench.desk.wake()
        #expect(try await bench.next() == [7])
    }

    @Test func aQueueThatFailsIsLookedIntoAgain() async throws {
        let bench = Bench()
        await bench.add(1)
        bench.queue.fail(true)
        await #expect(throws: StorageError.self) { try await bench.next() }
        bench.queue.fail(false)
        bench.wall.pass(.milliseconds(5))
        #expect(try await bench.next() == [1])
    }
}

/// Counts looks and claims on their way to another queue.
private final class CountingQueue: ShardQueue {
    struct Counts: Equatable {
        var looks = 0
        var claims = 0
    }

    private let base: MemoryQueue
    private let state = Mutex<(counts: Counts, fails: Bool)>((Counts(), false))

    init(base: MemoryQueue) { self.base = base }

    var counts: Counts { state.withLock { $0.counts } }
    func fail(_ fails: Bool) { state.withLock { $0.fails = fails } }

    func waiting(lane: Lane, within time: Duration) async throws -> [WaitingWork] {
        try state.withLock { state in
            state.counts.looks += 1
            if state.fails { throw StorageError.connectionLost("test") }
        }
        return await base.waiting(lane: lane, within: time)
    }

    func claim(worker: Int64, lane: Lane, orders: [ClaimOrder], limit: Int) async throws -> [ClaimedShard] {
        state.withLock { $0.counts.claims += 1 }
        return await base.claim(worker: worker, lane: lane, orders: orders, limit: limit)
    }

    func step(_ step: WindowStep) async throws -> WindowGrant { try await base.step(step) }
    func keepLate(_ step: WindowStep) async { await base.keepLate(step) }
    func heard(of messages: [MessageID], campaign: Int64) async -> HeardStates {
        await base.heard(of: messages, campaign: campaign)
    }
    func release(shard: Int64, token: Int64, after delay: Duration) async {
        await base.release(shard: shard, token: token, after: delay)
    }
    func rest(campaign: Int64, for delay: Duration) async { await base.rest(campaign: campaign, for: delay) }
    func rescue(worker: Int64) async -> Int { await base.rescue(worker: worker) }
}
