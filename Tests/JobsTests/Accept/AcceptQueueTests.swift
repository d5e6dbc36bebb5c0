import Domain
import Senders
import Storage
import Synchronization
import TestDatabase
import Testing

@testable import Jobs

/// Requests that are taken in, on a real database.
@Suite(.database) struct AcceptQueueTests {
    @Test func anUrgentMessageIsSentByTheProcessThatTookIt() async throws {
        let gateway = try await GatewayBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let stream = gateway.stream()
        try await gateway.with(try gateway.bench.worker(provider)) { queue in
            let id = try #require(try await queue.take(gateway.submission([gateway.message(stream, to: 7)])).ids.first)
            try await gateway.bench.eventually { provider.calls.count == 1 }
            try await gateway.bench.eventually {
                try await gateway.bench.states(of: id.shard >> 24) == [.sent: 1]
            }
        }
        #expect(provider.texts == ["Your code is 1234"])
        #expect(try await gateway.bench.ledger.verify().isSound)
    }

    @Test func thoseThatComeTogetherShareAShardAndGoOutOnce() async throws {
        let gateway = try await GatewayBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let stream = gateway.stream()
        let ids = try await gateway.with(try gateway.bench.worker(provider)) { queue in
            let ids = try await withThrowingTaskGroup(of: [MessageID].self) { group in
                for index in 0..<300 {
                    group.addTask {
                        try await queue.take(gateway.submission([gateway.message(stream, to: index)])).ids
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            try await gateway.bench.eventually {
                try await gateway.bench.states(of: ids[0].shard >> 24) == [.sent: 300]
            }
            return ids
        }
        #expect(Set(ids).count == 300)
        #expect(provider.calls.count == 300 && Set(provider.addresses).count == 300)
    }

    @Test func whatIsNotUrgentIsSentByAWorker() async throws {
        let gateway = try await GatewayBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let stream = gateway.stream(.transactional)
        try await gateway.with(try gateway.bench.worker(provider)) { queue in
            let messages = try (0..<1000).map { try gateway.message(stream, to: $0) }
            let ids = try await queue.take(gateway.submission(messages)).ids
            #expect(ids.count == 1000 && Set(ids.map(\.shard)).count == 2)
            try await gateway.bench.eventually {
                try await gateway.bench.states(of: ids[0].shard >> 24) == [.sent: 1000]
            }
        }
        #expect(provider.calls.count == 1000)
    }

    @Test func withoutAWorkerItWaitsForTheNextOne() async throws {
        let gateway = try await GatewayBench()
        let queue = gateway.queue(nil)
        let committing = Task { await queue.run() }
        let id = try #require(
            try await queue.take(gateway.submission([gateway.message(gateway.stream(), to: 1)])).ids.first)
        queue.close()
        await committing.value
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        try await gateway.bench.with(try gateway.bench.worker(provider)) {
            try await gateway.bench.eventually { try await gateway.bench.states(of: id.shard >> 24) == [.sent: 1] }
        }
    }

    @Test func anExpiredMessageIsNeverSent() async throws {
        let gateway = try await GatewayBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let stream = gateway.stream()
        try await gateway.with(try gateway.bench.worker(provider)) { queue in
            let message = try gateway.message(stream, to: 1, expiry: .at(.now - .seconds(1)))
            let id = try #require(try await queue.take(gateway.submission([message])).ids.first)
            try await gateway.bench.eventually { try await gateway.bench.states(of: id.shard >> 24) == [.expired: 1] }
        }
        #expect(provider.calls.isEmpty)
    }

    @Test func aScheduledMessageGoesWhenItIsDue() async throws {
        let gateway = try await GatewayBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let stream = gateway.stream()
        let due = Timestamp.now + .milliseconds(700)
        let early = Mutex(false)
        try await gateway.with(try gateway.bench.worker(provider)) { queue in
            let messages = [
                try gateway.message(stream, to: 1, dueAt: due),
                try gateway.message(stream, to: 2, dueAt: .now + .seconds(3600)),
            ]
            let id = try #require(try await queue.take(gateway.submission(messages)).ids.first)
            early.withLock { $0 = !provider.calls.isEmpty && Timestamp.now < due }
            try await gateway.bench.eventually { try await gateway.bench.states(of: id.shard >> 24) == [.sent: 1] }
        }
        #expect(Timestamp.now >= due && !early.withLock { $0 } && provider.calls.count == 1)
    }

    @Test func aStreamThatIsPausedKeepsWhatComes() async throws {
        let gateway = try await GatewayBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let stream = gateway.stream()
        try await gateway.with(try gateway.bench.worker(provider)) { queue in
            let first = try #require(
                try await queue.take(gateway.submission([gateway.message(stream, to: 1)])).ids.first)
            let campaign = first.shard >> 24
            try await gateway.bench.eventually { try await gateway.bench.states(of: campaign) == [.sent: 1] }
            #expect(try await gateway.bench.campaigns.pause(campaign))
            _ = try await queue.take(gateway.submission([gateway.message(stream, to: 2)]))
            #expect(provider.calls.count == 1)
            #expect(try await gateway.bench.campaigns.resume(campaign))
            try await gateway.bench.eventually { try await gateway.bench.states(of: campaign) == [.sent: 2] }
        }
    }

    /// Whoever was suppressed a moment ago is not sent to, though the process never asked the database for it.
    @Test func aSuppressionThatWasJustMadeHolds() async throws {
        let gateway = try await GatewayBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let stream = gateway.stream(.marketing, priority: .critical)
        try await gateway.with(try gateway.bench.worker(provider)) { queue in
            let first = try #require(
                try await queue.take(gateway.submission([gateway.message(stream, to: 1)])).ids.first)
            try await gateway.bench.eventually { provider.calls.count == 1 }
            try await gateway.bench.optOut(2)
            _ = try await queue.take(gateway.submission([gateway.message(stream, to: 2)]))
            try await gateway.bench.eventually {
                try await gateway.bench.states(of: first.shard >> 24) == [.sent: 1, .rejected: 1]
            }
        }
        #expect(provider.calls.count == 1)
    }

    @Test func contentIsDroppedOnceItIsOver() async throws {
        let gateway = try await GatewayBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let (otp, other) = (gateway.stream(), gateway.stream(.transactional))
        try await gateway.with(try gateway.bench.worker(provider)) { queue in
            let messages = [try gateway.message(otp, to: 1), try gateway.message(other, to: 2)]
            let ids = try await queue.take(gateway.submission(messages)).ids
            try await gateway.bench.eventually {
                let left = try await gateway.bench.database.run { session in
                    try session.query("SELECT shard FROM shard_body").map { try $0.int("shard") }
                }
                return left == [ids[1].shard]
            }
        }
    }

    /// A tenant has half of the room, and what is urgent has more of it than what is not.
    @Test func whoSendsMoreThanThereIsRoomForIsTurnedAwayAndWhatIsUrgentLast() async throws {
        let gateway = try await GatewayBench()
        let (urgent, other) = (gateway.stream(), gateway.stream(.marketing))
        var limits = AcceptQueue.Limits()
        limits.waiting = 8
        let key = gateway.key
        let queue = AcceptQueue(
            store: AcceptStore(database: gateway.bench.database, name: "accept"), lane: nil, limits: limits
        ) { _ in key }
        let messages = try (0..<2).map { try gateway.message(other, to: $0) }
        let first = Task { try await queue.take(gateway.submission(messages), priority: .low) }
        try await gateway.bench.eventually { queue.depth == 2 }
        let third = try gateway.message(other, to: 3)
        await #expect(throws: AcceptQueue.Refusal.isFull) {
            try await queue.take(gateway.submission([third]), priority: .low)
        }
        let fourth = try gateway.message(urgent, to: 4)
        let second = Task { try await queue.take(gateway.submission([fourth]), priority: .critical) }
        try await gateway.bench.eventually { queue.depth == 3 }
        let committing = Task { await queue.run() }
        #expect(try await first.value.ids.count == 2)
        #expect(try await second.value.ids.count == 1)
        queue.close()
        await committing.value
    }
}
