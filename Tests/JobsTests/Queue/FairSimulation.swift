import Domain
import Storage
import TestSupport

@testable import Jobs

/// Slots that work off what tenants offer, in a time of its own.
struct FairSimulation {
    struct Tenant {
        let weight: Double
        var backlog: Int
        /// On average; half as much or half as much again.
        let shard: Duration
        /// Shards a second.
        var rate = 0.0
        /// Slot time, in seconds.
        var time = 0.0
        var offered = 0
        var served = 0
        var longestWait: Duration = .zero
        fileprivate var arrived: [Duration] = []
        fileprivate var next = 0.0

        init(weight: Double, backlog: Int, shard: Duration, rate: Double = 0) {
            self.weight = weight
            self.backlog = backlog
            self.shard = shard
            self.rate = rate
        }
    }

    private struct Running {
        let shard: Int64
        let tenant: Int64
        let since: Duration
        let end: Duration
    }

    var tenants: [Int64: Tenant] = [:]
    private let slots: Int
    private var random: SeededRandom
    private var choice = FairChoice()
    private let start = ContinuousClock.now

    init(slots: Int, seed: UInt64) {
        self.slots = slots
        random = SeededRandom(seed: seed)
    }

    mutating func run(for length: Duration) {
        let room = FairChoice.Room(slots: slots, spare: 0)
        var running: [Running] = []
        var now: Duration = .zero
        var nextLook: Duration = .zero
        var book = DueBook()
        var number: Int64 = 0
        for id in tenants.keys.sorted() { tenants[id]?.next = Double.random(in: 0..<1, using: &random) }
        while now < length {
            if now >= nextLook {
                arrive(until: now)
                let due = tenants.filter { $0.value.backlog > 0 }.keys.sorted()
                let work = due.map {
                    WaitingWork(
                        work: TenantWork(priority: .normal, tenant: $0), weight: tenants[$0]?.weight ?? 1, dueIn: .zero)
                }
                choice.wait(work)
                book.replace(with: work, looked: start + now) { choice.place(of: $0) }
                nextLook = now + .milliseconds(100)
            }
            let (orders, limit) = choice.choose(from: book, room: room, now: start + now)
            var taken: [TenantWork: Int] = [:]
            for order in orders {
                for _ in 0..<order.count {
                    guard let tenant = take(order.work.tenant, at: now) else { continue }
                    number += 1
                    taken[order.work, default: 0] += 1
                    choice.took(number, of: order.work, recipients: 100, now: start + now)
                    let end = now + tenant.shard * Double.random(in: 0.5..<1.5, using: &random)
                    running.append(Running(shard: number, tenant: order.work.tenant, since: now, end: end))
                }
            }
            book.note(orders, taken: taken, limit: limit, now: start + now)
            if limit > 0, running.count < slots { continue }
            now = min(nextLook, running.map(\.end).min() ?? nextLook)
            for done in running where done.end <= now {
                choice.finished(done.shard, recipients: 100, now: start + now)
                tenants[done.tenant]?.time += (done.end - done.since).seconds
                tenants[done.tenant]?.served += 1
            }
            running.removeAll { $0.end <= now }
        }
    }

    private mutating func arrive(until now: Duration) {
        for id in tenants.keys.sorted() {
            guard var tenant = tenants[id], tenant.rate > 0 else { continue }
            while tenant.next / tenant.rate <= now.seconds {
                tenant.arrived.append(.seconds(tenant.next / tenant.rate))
                tenant.next += 1
                tenant.offered += 1
                tenant.backlog += 1
            }
            tenants[id] = tenant
        }
    }

    private mutating func take(_ id: Int64, at now: Duration) -> Tenant? {
        guard var tenant = tenants[id], tenant.backlog > 0 else { return nil }
        tenant.backlog -= 1
        if tenant.arrived.count > tenant.offered - tenant.backlog - 1, tenant.rate > 0 {
            let wait = now - tenant.arrived[tenant.offered - tenant.backlog - 1]
            tenant.longestWait = max(tenant.longestWait, wait)
        }
        tenants[id] = tenant
        return tenant
    }
}
