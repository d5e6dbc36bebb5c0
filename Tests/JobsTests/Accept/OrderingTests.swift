import Domain
import Senders
import Storage
import TestDatabase
import Testing

@testable import Jobs

/// Messages of one line start in the order in which they were accepted, whatever sends them.
@Suite(.database) struct OrderingTests {
    private static let line = Array("a line of tests.".utf8)

    @Test(arguments: [Category.otp, .transactional]) func eachStartsAfterTheOneBeforeIt(_ category: Category)
        async throws
    {
        let gateway = try await GatewayBench(ordered: true)
        // The later ones are the quicker ones.
        let provider = ScriptedProvider("a", arrival: { before in for _ in before..<300 { await Task.yield() } }) {
            .sent(reference: "\($0.index)", cost: nil)
        }
        let stream = gateway.stream(category)
        try await gateway.with(try gateway.bench.worker(provider, slots: 8)) { queue in
            var ids: [MessageID] = []
            for number in 0..<20 {
                var messages = [try gateway.message(stream, to: 1, code: "\(number)")]
                messages[0].line = Self.line
                if number == 10 {
                    // Two of one request stand one behind the other too.
                    messages.append(try gateway.message(stream, to: 1, code: "10 again"))
                    messages[1].line = Self.line
                }
                ids += try await queue.take(gateway.submission(messages)).ids
            }
            let campaign = try #require(ids.first).shard >> 24
            try await gateway.bench.eventually { try await gateway.bench.states(of: campaign) == [.sent: 21] }
        }
        let codes = (0...10).map { "\($0)" } + ["10 again"] + (11..<20).map { "\($0)" }
        #expect(provider.texts == codes.map { "Your code is \($0)" })
        #expect(try await gateway.waiting() == 0)
    }

    @Test func aRetryHoldsBackTheNextOfItsLineAndNobodyElse() async throws {
        let gateway = try await GatewayBench(ordered: true)
        // Each is refused once.
        let provider = ScriptedProvider("a") { call in
            call.attempt == 1 ? .temporary(reason: "busy") : .sent(reference: "r", cost: nil)
        }
        let stream = gateway.stream()
        try await gateway.with(try gateway.bench.worker(provider)) { queue in
            var ids: [MessageID] = []
            for code in ["first", "second"] {
                var message = try gateway.message(stream, to: 1, code: code)
                message.line = Self.line
                ids += try await queue.take(gateway.submission([message])).ids
                try await gateway.bench.eventually { !provider.calls.isEmpty }
            }
            ids += try await queue.take(gateway.submission([gateway.message(stream, to: 2, code: "other")])).ids
            let campaign = try #require(ids.first).shard >> 24
            try await gateway.bench.eventually { try await gateway.bench.states(of: campaign) == [.sent: 3] }
        }
        let own = provider.texts.filter { !$0.hasSuffix("other") }
        #expect(own == ["first", "first", "second", "second"].map { "Your code is \($0)" })
    }

    /// The next one does not wait for ever: it is due by itself a minute later.
    @Test func itWaitsAMinuteAtMost() async throws {
        let gateway = try await GatewayBench(ordered: true)
        let stream = gateway.stream(.transactional)
        let queue = gateway.queue(nil)
        let committing = Task { await queue.run() }
        var ids: [MessageID] = []
        let before = Timestamp.now
        for code in ["first", "second"] {
            var message = try gateway.message(stream, to: 1, code: code)
            message.line = Self.line
            ids += try await queue.take(gateway.submission([message])).ids
        }
        queue.close()
        await committing.value
        let last = try #require(ids.last)
        let due = try #require(try await WorkStore(database: gateway.bench.database).shard(last.shard)).dueAt
        #expect(due >= before + AcceptGroup.longestTurn && due <= .now + AcceptGroup.longestTurn)
    }

    /// Each takes its turns in a transaction of its own, and they meet at the line.
    @Test func severalProcessesKeepOneLine() async throws {
        let gateway = try await GatewayBench(ordered: true)
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let worker = try gateway.bench.worker(provider, slots: 8)
        try await gateway.with(worker) { queue in
            let other = gateway.queue(worker, name: "other")
            let committing = Task { await other.run() }
            let campaign = try await withThrowingTaskGroup(of: Int64.self) { group in
                for queue in [queue, other] {
                    let stream = gateway.stream()
                    group.addTask {
                        var campaign: Int64 = 0
                        for number in 0..<30 {
                            var message = try gateway.message(stream, to: 1, code: "\(number)")
                            message.line = Self.line
                            campaign =
                                try #require(try await queue.take(gateway.submission([message])).ids.first).shard >> 24
                        }
                        return campaign
                    }
                }
                return try await group.reduce(0) { max($0, $1) }
            }
            try await gateway.bench.eventually { try await gateway.bench.states(of: campaign) == [.sent: 60] }
            other.close()
            await committing.value
        }
        // Each process's own messages are in their order.
        for number in 0..<29 {
            let places = provider.texts.indices.filter { provider.texts[$0] == "Your code is \(number)" }
            let next = provider.texts.indices.filter { provider.texts[$0] == "Your code is \(number + 1)" }
            #expect(places.count == 2 && places[0] < next[0] && places[1] < next[1])
        }
    }
}

extension GatewayBench {
    /// Shards that somebody ahead of them holds back.
    fileprivate func waiting() async throws -> Int {
        try await bench.database.run { session in
            Int(try session.query("SELECT count(*) AS n FROM shard_turn")[0].int("n"))
        }
    }
}
