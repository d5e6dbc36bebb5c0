import Domain
import Senders
import Storage
import Synchronization
import TestDatabase
import TestSupport
import Testing

@testable import Jobs

/// Whole campaigns from a file to the ledger, on a real database.
@Suite(.database) struct WorkerTests {
    @Test func aCampaignGoesThroughTheSandbox() async throws {
        let bench = try await WorkerBench()
        let bounces = try #require(MagicRecipient.phone(countryPrefix: "+65", .permanent))
        let once = try #require(MagicRecipient.phone(countryPrefix: "+65", .throttledOnce))
        let doubtful = try #require(MagicRecipient.phone(countryPrefix: "+65", .inDoubt))
        let campaign = try await bench.send(
            2500, numbers: { [bounces, once, doubtful].dropFirst($0).first ?? WorkerBench.number($0) })
        var settings = SandboxSettings()
        settings.pricePerSegment = Currency("SGD").map { Money(micros: 40_000, currency: $0) }
        settings.retryAfter = .milliseconds(100)
        try await bench.with(try bench.worker(SandboxProvider(settings: settings))) {
            try await bench.finish(campaign)
        }
        #expect(try await bench.states(of: campaign) == [.sent: 2498, .failed: 1, .unknown: 1])
        let proof = try await bench.ledger.verify()
        #expect(proof.isSound && proof.cost == ["SGD": 2498 * 40_000])
        #expect(try await bench.workers.all().isEmpty)
    }

    /// How soon after its time is measured by scripts/kill-test, on a machine that does nothing else.
    @Test func aScheduledCampaignStartsByItselfAndNotBefore() async throws {
        let bench = try await WorkerBench()
        let due = Mutex<Timestamp?>(nil)
        let early = Mutex(false)
        let provider = ScriptedProvider(
            "a",
            arrival: { _ in
                let isEarly = due.withLock { $0.map { Timestamp.now < $0 } ?? true }
                early.withLock { $0 = $0 || isEarly }
            }, answer: ScriptedProvider.accept)
        try await bench.with(try bench.worker(provider)) {
            let time = Timestamp.now + .milliseconds(800)
            due.withLock { $0 = time }
            let campaign = try await bench.send(10, at: time)
            try await bench.finish(campaign)
        }
        #expect(provider.calls.count == 10 && !early.withLock { $0 })
    }

    /// Each at its own time, though nothing but the time changes.
    @Test func shardsOfOneCampaignStartEachAtItsTime() async throws {
        let bench = try await WorkerBench()
        let early = Mutex(0)
        let due = Mutex<[Int: Timestamp]>([:])
        let provider = ScriptedProvider("a") { call in
            if due.withLock({ $0[call.index] ?? .now }) > .now { early.withLock { $0 += 1 } }
            return ScriptedProvider.accept(call)
        }
        let campaign = try await bench.send(5000, at: .now + .seconds(3600))
        try await bench.database.run { session in
            try session.execute(
                """
                UPDATE shard SET due_at = clock_timestamp() + (id & 16777215) * interval '700 milliseconds';
                UPDATE campaign SET state = 'running'
                """)
        }
        let times = try await bench.database.run { session in
            try session.query("SELECT due_at FROM shard ORDER BY id").map { try $0.time("due_at") }
        }
        due.withLock { due in for (place, time) in times.enumerated() { due[place * 2000] = time } }
        try await bench.with(try bench.worker(provider)) { try await bench.finish(campaign) }
        #expect(provider.calls.count == 5000 && times.count == 3)
        #expect(early.withLock { $0 } == 0)
    }

    /// One tenant's windows hold all slots, and none of them ends: the other's messages leave all the same.
    @Test func aSlowTenantDoesNotHoldUpAnother() async throws {
        let bench = try await WorkerBench()
        let gate = WaitPoint()
        let arrivals = Mutex(0)
        let provider = ScriptedProvider(
            "a",
            arrival: { _ in
                let number = arrivals.withLock { count in
                    count += 1
                    return count
                }
                if number <= 2 { await gate.wait() }
            }, answer: ScriptedProvider.accept)
        let slow = try await bench.send(8000)
        try await bench.with(try bench.worker(provider, slots: 2, window: 10)) {
            defer { gate.open() }
            try await bench.eventually { provider.batches == 2 }
            let other = try await bench.another("other").send(5)
            try await bench.finish(other)
            #expect(try await bench.campaigns.campaign(slow)?.state == .running)
            #expect(provider.calls.count == 5)
        }
    }

    /// The worker has one slot and a spare one, the first tenant has many windows left, and two others come: the first
    /// goes back to the queue between two windows and is gone on with later.
    @Test func aLongShardGivesWayBetweenTwoWindows() async throws {
        let bench = try await WorkerBench()
        let others = Mutex<[Int64]>([])
        let (second, third) = (try await bench.another("second"), try await bench.another("third"))
        let seen = Mutex<[Int64: Int]>([:])
        let hasCome = Mutex(false)
        let provider = ScriptedProvider(
            "a",
            arrival: { calls in
                // Once, while the first tenant's shard is in the slot.
                if calls == 10,
                    !hasCome.withLock({ has in
                        defer { has = true }; return has
                    })
                {
                    for bench in [second, third] {
                        guard let id = try? await bench.send(40) else { continue }
                        others.withLock { $0.append(id) }
                    }
                }
                for id in others.withLock({ $0 }) {
                    let isOver = (try? await bench.campaigns.campaign(id))??.state.isOver == true
                    if isOver { seen.withLock { $0[id] = min($0[id] ?? calls, calls) } }
                }
            }, answer: ScriptedProvider.accept)
        let first = try await bench.send(2000)
        try await bench.with(try bench.worker(provider, slots: 1, window: 10)) { try await bench.finish(first) }
        #expect(try await bench.states(of: first) == [.sent: 2000])
        // Both were through while most of the first was still to be sent.
        #expect(seen.withLock { $0.count } == 2)
        #expect(seen.withLock { $0.values.allSatisfy { $0 < 1500 } }, "\(seen.withLock { $0 })")
    }

    @Test func pauseTakesEffectWithinAWindowAndResumeGoesOn() async throws {
        let bench = try await WorkerBench()
        let campaign = Mutex<Int64>(0)
        let provider = ScriptedProvider(
            "a",
            arrival: { calls in
                if calls == 100 { _ = try? await bench.campaigns.pause(campaign.withLock { $0 }) }
            }, answer: ScriptedProvider.accept)
        let id = try await bench.send(1000)
        campaign.withLock { $0 = id }
        try await bench.with(try bench.worker(provider, window: 100)) {
            try await bench.eventually { try await bench.openWindows(of: id) == 0 && provider.calls.count > 100 }
            #expect(provider.calls.count == 200)
            #expect(try await bench.campaigns.resume(id))
            try await bench.finish(id)
        }
        #expect(provider.indexes == Array(0..<1000))
        #expect(try await bench.states(of: id) == [.sent: 1000])
    }

    @Test func anOptOutBetweenTwoWindowsHolds() async throws {
        let bench = try await WorkerBench()
        let provider = ScriptedProvider(
            "a",
            arrival: { calls in
                guard calls == 100 else { return }
                try? await bench.optOut(150)
                try? await bench.optOut(777)
                _ = try? await bench.policy.deny(
                    tenant: bench.tenant.id, kind: .prefix, values: ["6591000800"], note: "")
            }, answer: ScriptedProvider.accept)
        let campaign = try await bench.send(1000)
        try await bench.with(try bench.worker(provider, slots: 1, window: 100)) { try await bench.finish(campaign) }
        // The window that was open already counts as sent; what is opened after the commit does not see 777 and 800.
        #expect(Set(provider.indexes) == Set(0..<1000).subtracting([777, 800]))
        #expect(try await bench.states(of: campaign) == [.sent: 998, .rejected: 2])
    }

    @Test func resendLeavesTheDoubtfulAloneAndLooksAtThePolicyAgain() async throws {
        let bench = try await WorkerBench()
        let isMended = Mutex(false)
        let provider = ScriptedProvider("a") { call in
            if isMended.withLock({ $0 }) { return ScriptedProvider.accept(call) }
            if call.index < 10 { return .permanent(reason: "answered 400") }
            return call.index < 15 ? .inDoubt(reason: "no answer in time") : ScriptedProvider.accept(call)
        }
        let first = try await bench.send(100)
        try await bench.with(try bench.worker(provider)) {
            try await bench.finish(first)
            #expect(try await bench.states(of: first) == [.sent: 85, .failed: 10, .unknown: 5])
            isMended.withLock { $0 = true }
            try await bench.optOut(3)
            let campaign = try #require(try await bench.campaigns.campaign(first))
            let resend = Resend(campaigns: bench.campaigns, ledger: bench.ledger)
            let again = try #require(try await resend.run(campaign, states: [.failed, .expired]))
            #expect(again.recipients == 10)
            try await bench.finish(again.id)
            #expect(try await bench.states(of: again.id) == [.sent: 9, .rejected: 1])
        }
        #expect(provider.indexes.dropFirst(100).sorted() == [0, 1, 2, 4, 5, 6, 7, 8, 9])
        #expect(try await bench.ledger.verify().isSound)
    }

    @Test func theResultsShowEveryAttemptOnRequest() async throws {
        let bench = try await WorkerBench()
        let provider = ScriptedProvider("a") { call in
            call.index < 3 && call.attempt == 1 ? .inDoubt(reason: "no answer in time") : ScriptedProvider.accept(call)
        }
        let id = try await bench.send(5, category: .transactional)
        try await bench.with(try bench.worker(provider)) { try await bench.finish(id) }
        let campaign = try #require(try await bench.campaigns.campaign(id))
        func rows(everyAttempt: Bool) async throws -> [[Substring]] {
            var bytes: [UInt8] = []
            _ = try await ResultsExport(ledger: bench.ledger).write(campaign, everyAttempt: everyAttempt) {
                bytes += $0
            }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").dropFirst().map {
                Array($0.split(separator: ",", omittingEmptySubsequences: false)[2...5])
            }
        }
        #expect(
            try await rows(everyAttempt: true).map { $0.joined(separator: " ") } == [
                "unknown no no answer in time 1", "sent yes  2", "unknown no no answer in time 1", "sent yes  2",
                "unknown no no answer in time 1", "sent yes  2", "sent yes  1", "sent yes  1",
            ])
        #expect(
            try await rows(everyAttempt: false).map { $0[0] + " " + $0[1] } == Array(repeating: "sent yes", count: 5))
    }

    @Test func twoWorkersSideBySideSendToEachOnce() async throws {
        let bench = try await WorkerBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let campaigns = [try await bench.send(5000), try await bench.send(3000, category: .transactional)]
        try await bench.with(
            try bench.worker(provider, window: 100), try bench.worker(provider, window: 70)
        ) {
            for campaign in campaigns { try await bench.finish(campaign) }
        }
        #expect(try await bench.states(of: campaigns[0]) == [.sent: 5000])
        #expect(try await bench.states(of: campaigns[1]) == [.sent: 3000])
        #expect(provider.calls.count == 8000)
    }

    @Test func aDrainGivesTheRestBackWithoutADoubt() async throws {
        let bench = try await WorkerBench()
        let worker = Mutex<Worker?>(nil)
        let provider = ScriptedProvider(
            "a", arrival: { calls in if calls >= 300 { worker.withLock { $0 }?.drain() } },
            answer: ScriptedProvider.accept)
        let campaign = try await bench.send(4000)
        let first = try bench.worker(provider, window: 100)
        worker.withLock { $0 = first }
        try await first.run()
        #expect(provider.calls.count < 4000)
        #expect(try await bench.openWindows(of: campaign) == 0)
        #expect(try await bench.workers.all().isEmpty)
        worker.withLock { $0 = nil }
        try await bench.with(try bench.worker(provider)) { try await bench.finish(campaign) }
        #expect(provider.calls.count == 4000)
        #expect(try await bench.states(of: campaign) == [.sent: 4000])
    }

    /// The server took a claim and its connection broke before the answer: the worker lives, so nobody else
    /// would ever take the shard from it.
    @Test func aClaimThatNobodyHeardOfIsGivenBack() async throws {
        let bench = try await WorkerBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        try await bench.with(try bench.worker(provider)) {
            try await bench.eventually { try await !bench.workers.all().isEmpty }
            let id = try await bench.workers.all()[0].id
            let campaign = try await bench.send(10, at: .now + .seconds(3600))
            try await bench.database.transaction { session in
                // A claim that waits for this lock is ended before its answer.
                try session.execute("SELECT id FROM worker FOR UPDATE")
                let other = try PostgresSession(url: bench.database.url)
                try other.execute("UPDATE campaign SET state = 'running'; UPDATE shard SET due_at = now()")
                var ended = 0
                while ended == 0 {
                    ended = try session.query(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
                           AND wait_event_type = 'Lock' AND query LIKE '%claim_shards%'
                        """
                    ).count
                    try session.execute("SELECT pg_sleep(0.01), pg_stat_clear_snapshot()")
                }
                try session.execute("UPDATE shard SET state = 'taken', worker = \(id), token = 1")
            }
            try await bench.finish(campaign)
        }
        #expect(provider.calls.count == 10)
    }

    /// The connection breaks while a window's outcomes are on their way: they are stored once all the same.
    @Test func aBrokenConnectionLosesNoOutcome() async throws {
        let bench = try await WorkerBench()
        let provider = ScriptedProvider(
            "a",
            arrival: { calls in
                guard calls % 500 == 0, calls > 0 else { return }
                _ = try? await bench.database.run { session in
                    try session.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                }
            }, answer: ScriptedProvider.accept)
        let campaign = try await bench.send(4000)
        try await bench.with(try bench.worker(provider, window: 100)) { try await bench.finish(campaign) }
        #expect(provider.calls.count == 4000)
        #expect(try await bench.states(of: campaign) == [.sent: 4000])
        #expect(try await bench.ledger.verify().isSound)
    }

    @Test func aDeadWorkersShardIsTakenOver() async throws {
        let bench = try await WorkerBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let campaign = try await bench.send(100)
        // As if it had been on this machine, and were gone.
        let machine = ProcessIdentity.current().machine
        let dead = try await bench.workers.register(machine: machine, pid: 1 << 22, pidStarted: 1)
        let work = WorkStore(database: bench.database)
        let queue = PostgresQueue(database: bench.database)
        let shard = try #require(try await queue.claim(worker: dead, lane: .bulk, limit: 1).first)
        _ = try await work.step(
            WindowStep(shard: shard.id, token: shard.token, from: 0, closed: 0, open: 30, horizon: 0))
        try await bench.with(try bench.worker(provider)) {
            try await bench.eventually {
                // Its heart goes on beating: only that its process is gone can give it away.
                try await bench.database.run { session in
                    try session.execute("UPDATE worker SET beat = beat + 1 WHERE id = $1", [.int(dead)])
                }
                return try await bench.campaigns.campaign(campaign)?.state.isOver == true
            }
        }
        #expect(try await bench.states(of: campaign) == [.sent: 70, .unknown: 30])
        #expect(provider.indexes == Array(30..<100))
    }
}

extension WorkerBench {
    /// How many shards are in somebody's hands or have recipients on their way.
    func openWindows(of campaign: Int64) async throws -> Int {
        try await database.run { session in
            Int(
                try session.query(
                    "SELECT count(*) AS count FROM shard WHERE campaign = $1 AND (state = 'taken' OR opened > closed)",
                    [.int(campaign)])[0].int("count"))
        }
    }
}
