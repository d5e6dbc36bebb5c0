import Domain
import Storage
import Synchronization
import TestDatabase
import Testing

@testable import Jobs

/// What every queue driver must do. Each test runs on all of them.
@Suite(.database) struct QueueContractTests {
    @Test(arguments: QueueDriver.allCases) func aShardIsTakenByOneWorkerOnly(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        try await bench.campaign(shards: [10, 10, 10])
        let (queue, workers) = (bench.queue, [try await bench.worker(), try await bench.worker()])
        async let first = queue.claim(worker: workers[0], lane: .bulk, limit: 2)
        async let second = queue.claim(worker: workers[1], lane: .bulk, limit: 2)
        let taken = try await first + second
        #expect(Set(taken.map(\.id)).count == taken.count)
        let rest = try await queue.claim(worker: workers[0], lane: .bulk, limit: 9)
        #expect(taken.count + rest.count == 3)
        #expect(try await queue.claim(worker: workers[1], lane: .bulk, limit: 9).isEmpty)
        #expect(try await queue.claim(worker: workers[1], lane: .fast, limit: 9).isEmpty)
    }

    @Test(arguments: QueueDriver.allCases) func aStepMovesTheWindowAndEndsTheShard(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        try await bench.campaign(shards: [10])
        let shard = try await bench.claimOne()
        #expect(try await bench.step(shard, from: 0, closed: 0, open: 6).opened == 6)
        #expect(try await bench.step(shard, from: 0, closed: 6, open: 10).opened == 10)
        #expect(try await bench.step(shard, from: 6, closed: 10, open: 10).opened == 10)
        #expect(try await bench.queue.claim(worker: try await bench.worker(), lane: .bulk, limit: 9).isEmpty)
    }

    @Test(arguments: QueueDriver.allCases) func aStepIsNotStoredTwice(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        try await bench.campaign(shards: [10])
        let shard = try await bench.claimOne()
        _ = try await bench.step(shard, from: 0, closed: 0, open: 6)
        _ = try await bench.step(shard, from: 0, closed: 6, open: 10)
        await #expect(throws: StorageError.fenced) { try await bench.step(shard, from: 0, closed: 6, open: 10) }
    }

    @Test(arguments: QueueDriver.allCases) func aRescuedShardComesBackWithItsDoubt(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        try await bench.campaign(shards: [10])
        let dead = try await bench.worker()
        let shard = try #require(try await bench.queue.claim(worker: dead, lane: .bulk, limit: 1).first)
        _ = try await bench.step(shard, from: 0, closed: 0, open: 6)
        #expect(try await bench.queue.rescue(worker: dead) == 1)
        let again = try await bench.claimOne()
        #expect(again.id == shard.id && again.closed == 0 && again.opened == 6 && again.token > shard.token)
        await #expect(throws: StorageError.fenced) { try await bench.step(shard, from: 0, closed: 6, open: 10) }
        _ = try await bench.step(again, from: 0, closed: 6, open: 10)
    }

    @Test(arguments: QueueDriver.allCases) func aReleasedShardWaitsForItsTime(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        try await bench.campaign(shards: [10])
        let shard = try await bench.claimOne()
        try await bench.queue.release(shard: shard.id, token: shard.token, after: .seconds(3600))
        #expect(try await bench.queue.claim(worker: try await bench.worker(), lane: .bulk, limit: 9).isEmpty)
        try await bench.pass(.seconds(3601))
        let again = try await bench.claimOne()
        #expect(again.id == shard.id)
        // The old holder's release does nothing any more.
        try await bench.queue.release(shard: shard.id, token: shard.token, after: .zero)
        #expect(try await bench.queue.claim(worker: try await bench.worker(), lane: .bulk, limit: 9).isEmpty)
    }

    @Test(arguments: QueueDriver.allCases) func retriesWaitAndThenGoFirst(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        try await bench.campaign(shards: [10, 10])
        let shard = try await bench.claimOne()
        let items = RetryItem.encode([RetryItem(index: 3)])
        let retry = RetryShard(due: bench.now() + .seconds(60), items: items, count: 1)
        _ = try await bench.queue.step(
            WindowStep(shard: shard.id, token: shard.token, from: 0, closed: 10, open: 10, horizon: 0, retries: [retry])
        )
        let other = try await bench.claimOne()
        #expect(other.items == nil)
        try await bench.queue.release(shard: other.id, token: other.token, after: .zero)
        try await bench.pass(.seconds(61))
        let next = try await bench.claimOne()
        #expect(next.items == items && next.body == shard.body && next.ids == shard.ids && next.count == 1)
    }

    @Test(arguments: QueueDriver.allCases) func urgentCampaignsGoFirst(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        try await bench.campaign(shards: [10], priority: .low)
        try await bench.campaign(shards: [10], priority: .critical)
        try await bench.campaign(shards: [10], priority: .normal)
        var order: [Priority] = []
        for _ in 0..<3 { order.append(try await bench.claimOne().priority) }
        #expect(order == [.critical, .normal, .low])
    }

    @Test(arguments: QueueDriver.allCases) func aPausedCampaignRests(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        let campaign = try await bench.campaign(shards: [10, 10])
        let shard = try await bench.claimOne()
        try await bench.pause(campaign)
        let grant = try await bench.step(shard, from: 0, closed: 0, open: 6)
        #expect(grant.opened == 0 && grant.campaignState == .paused)
        #expect(try await bench.queue.claim(worker: try await bench.worker(), lane: .bulk, limit: 9).isEmpty)
    }

    /// It is to be written off now: what waits for a provider, or for the campaign's own day, waits no longer.
    @Test(arguments: QueueDriver.allCases) func aCancelledCampaignDoesNotWait(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        let campaign = try await bench.campaign(shards: [10])
        let shard = try await bench.claimOne()
        try await bench.queue.release(shard: shard.id, token: shard.token, after: .seconds(3600))
        #expect(try await bench.queue.claim(worker: try await bench.worker(), lane: .bulk, limit: 9).isEmpty)
        try await bench.cancel(campaign)
        #expect(try await bench.claimOne().id == shard.id)
    }

    /// Or a limited provider would keep every worker busy with asking.
    @Test(arguments: QueueDriver.allCases) func aRestingCampaignLetsOthersGo(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        let first = try await bench.campaign(shards: [10, 10])
        let second = try await bench.campaign(shards: [10])
        let shard = try await bench.claimOne()
        #expect(shard.campaign == first)
        try await bench.queue.rest(campaign: first, for: .seconds(3600))
        try await bench.queue.release(shard: shard.id, token: shard.token, after: .zero)
        #expect(try await bench.claimOne().campaign == second)
        #expect(try await bench.queue.claim(worker: try await bench.worker(), lane: .bulk, limit: 9).isEmpty)
        try await bench.pass(.seconds(3601))
        #expect(try await bench.claimOne().campaign == first)
    }

    /// So that one recipient over whom workers die is told apart from the others.
    @Test(arguments: QueueDriver.allCases) func workersThatDieOverAShardAreCountedUntilItMovesOn(driver: QueueDriver)
        async throws
    {
        let bench = try await driver.bench()
        try await bench.campaign(shards: [10])
        for deaths in 0..<3 {
            let worker = try await bench.worker()
            let shard = try #require(try await bench.queue.claim(worker: worker, lane: .bulk, limit: 1).first)
            #expect(shard.crashes == deaths)
            #expect(try await bench.queue.rescue(worker: worker) == 1)
        }
        let shard = try await bench.claimOne()
        let retry = RetryShard(due: bench.now(), items: RetryItem.encode([RetryItem(index: 3)]), count: 1, crashes: 3)
        _ = try await bench.queue.step(
            WindowStep(shard: shard.id, token: shard.token, from: 0, closed: 4, open: 4, horizon: 0, retries: [retry]))
        try await bench.queue.release(shard: shard.id, token: shard.token, after: .zero)
        #expect(try await bench.claimOne().crashes == 3)
        #expect(try await bench.claimOne().crashes == 0)
    }

    @Test(arguments: QueueDriver.allCases) func whoHasSomethingDueIsKnownWithItsTime(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        let tenants = [
            try await bench.tenant(.enterprise), try await bench.tenant(.paid), try await bench.tenant(.free),
        ]
        try await bench.campaign(shards: [10, 10], priority: .normal, tenant: tenants[0])
        try await bench.campaign(shards: [10], priority: .high, tenant: tenants[0])
        try await bench.campaign(shards: [10], tenant: tenants[1], delay: .seconds(1800))
        try await bench.campaign(shards: [10], tenant: tenants[2], delay: .seconds(7200))
        let waiting = try await bench.queue.waiting(lane: .bulk, within: .seconds(3600))
        #expect(
            Set(waiting.map(\.work)) == [
                TenantWork(priority: .normal, tenant: tenants[0]), TenantWork(priority: .high, tenant: tenants[0]),
                TenantWork(priority: .low, tenant: tenants[1]),
            ])
        #expect(waiting.count == 3)
        #expect(waiting.allSatisfy { $0.weight == ($0.work.tenant == tenants[0] ? 8 : 4) })
        #expect(waiting.allSatisfy { $0.dueIn == .zero || $0.work.tenant == tenants[1] })
        let later = try #require(waiting.first { $0.work.tenant == tenants[1] })
        #expect(later.dueIn > .seconds(1000) && later.dueIn <= .seconds(1800))
        #expect(try await bench.queue.waiting(lane: .fast, within: .seconds(3600)).isEmpty)
        try await bench.pass(.seconds(7201))
        let all = try await bench.queue.waiting(lane: .bulk, within: .zero)
        #expect(all.count == 4 && all.contains { $0.work.tenant == tenants[2] && $0.weight == 1 })
    }

    @Test(arguments: QueueDriver.allCases) func aShardHasItsOwnTime(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        let later = try await bench.campaign(shards: [10], delay: .seconds(1800))
        let worker = try await bench.worker()
        #expect(try await bench.queue.claim(worker: worker, lane: .bulk, limit: 9).isEmpty)
        let now = try await bench.campaign(shards: [10])
        #expect(try await bench.claimOne().campaign == now)
        try await bench.pass(.seconds(1801))
        #expect(try await bench.claimOne().campaign == later)
    }

    @Test(arguments: QueueDriver.allCases) func ordersAreFilledInTheirOrderUpToTheLimit(driver: QueueDriver)
        async throws
    {
        let bench = try await driver.bench()
        var works: [TenantWork] = []
        for _ in 0..<3 {
            let tenant = try await bench.tenant(.paid)
            try await bench.campaign(shards: [10, 10, 10], tenant: tenant)
            works.append(TenantWork(priority: .low, tenant: tenant))
        }
        let orders = [
            ClaimOrder(work: TenantWork(priority: .high, tenant: works[0].tenant), count: 3),
            ClaimOrder(work: works[2], count: 2), ClaimOrder(work: works[0], count: 9),
            ClaimOrder(work: works[1], count: 3),
        ]
        let taken = try await bench.queue.claim(worker: try await bench.worker(), lane: .bulk, orders: orders, limit: 6)
        let counts = taken.reduce(into: [:]) { $0[$1.work, default: 0] += 1 }
        #expect(counts == [works[2]: 2, works[0]: 3, works[1]: 1])
        #expect(taken.allSatisfy { $0.token == 1 })
    }

    /// However many of its shards stand before the others'.
    @Test(arguments: QueueDriver.allCases) func aPausedCampaignHidesNoneBehindIt(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        let first = try await bench.campaign(shards: [Int](repeating: 10, count: 80))
        let second = try await bench.campaign(shards: [10, 10])
        try await bench.pause(first)
        let worker = try await bench.worker()
        let taken = try await bench.queue.claim(worker: worker, lane: .bulk, limit: 9)
        #expect(taken.map(\.campaign) == [second, second])
    }

    @Test(arguments: QueueDriver.allCases) func tenantsTakeTurnsWhateverTheyOffer(driver: QueueDriver) async throws {
        let bench = try await driver.bench()
        let greedy = try await bench.tenant(.paid)
        try await bench.campaign(shards: [Int](repeating: 10, count: 20), tenant: greedy)
        for _ in 0..<3 { try await bench.campaign(shards: [10, 10], tenant: try await bench.tenant(.paid)) }
        let desk = ShardDesk(queue: bench.queue)
        let worker = try await bench.worker()
        let room = FairChoice.Room(slots: 4, spare: 0)
        var turns: [Set<Int64>] = []
        for _ in 0..<2 {
            var held: [ClaimedShard] = []
            // Each four of them stand for one moment.
            while held.count < 4 { held += try await desk.next(worker: worker, room: room) }
            turns.append(Set(held.map(\.tenant)))
            for shard in held { await desk.finished(shard, closed: shard.count, provider: nil) }
        }
        #expect(turns.allSatisfy { $0.count == 4 && $0.contains(greedy) }, "\(turns)")
    }
}
