import Domain
import Senders
import Storage
import TestDatabase
import Testing

@testable import Jobs

/// The same request twice, and the same message twice.
@Suite(.database) struct IdempotencyTests {
    private func key(_ name: String, body: String = "body") -> IdempotencyKey {
        IdempotencyKey(key: Array(name.utf8), body: Array(body.utf8))
    }

    @Test func theSameRequestIsAnsweredAgainAndSentOnce() async throws {
        let gateway = try await GatewayBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let stream = gateway.stream()
        try await gateway.with(try gateway.bench.worker(provider)) { queue in
            let submission = gateway.submission([try gateway.message(stream, to: 1)], key: key("k"))
            guard case .accepted(let answer) = try await queue.take(submission) else {
                Issue.record("not accepted")
                return
            }
            #expect(try await queue.take(submission) == .answeredBefore(answer))
            #expect(
                try await queue.take(gateway.submission([gateway.message(stream, to: 1)], key: key("k", body: "other")))
                    == .keyHasOtherBody)
            try await gateway.bench.eventually { !provider.calls.isEmpty }
        }
        #expect(provider.calls.count == 1)
    }

    /// Two processes, a hundred requests with one key: whatever each is told, one message leaves.
    @Test func aHundredAtOnceAreOneMessage() async throws {
        let gateway = try await GatewayBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let stream = gateway.stream()
        try await gateway.with(try gateway.bench.worker(provider)) { queue in
            let other = gateway.queue(nil, name: "accept-2")
            let committing = Task { await other.run() }
            let acceptances = try await withThrowingTaskGroup(of: Acceptance.self) { group in
                for index in 0..<100 {
                    let submission = gateway.submission([try gateway.message(stream, to: 1)], key: key("k"))
                    group.addTask { try await (index % 2 == 0 ? queue : other).take(submission) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            other.close()
            await committing.value
            let accepted = acceptances.filter { !$0.ids.isEmpty }
            #expect(accepted.count == 1)
            let allowed = acceptances.allSatisfy { acceptance in
                switch acceptance {
                case .accepted, .keyIsBusy: true
                case .answeredBefore(let answer): accepted == [.accepted(answer)]
                case .keyHasOtherBody: false
                }
            }
            #expect(allowed)
            let campaign = try #require(accepted.first?.ids.first).shard >> 24
            try await gateway.bench.eventually { try await gateway.bench.states(of: campaign) == [.sent: 1] }
        }
        #expect(provider.calls.count == 1)
    }

    @Test func aRepeatedMessageWithinItsTimeIsNamedAndNotSent() async throws {
        let gateway = try await GatewayBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let stream = gateway.stream()
        let dedupe = Submission.Dedupe(key: [1, 2, 3], window: .seconds(3600))
        try await gateway.with(try gateway.bench.worker(provider)) { queue in
            let first = try await queue.take(gateway.submission([gateway.message(stream, to: 1, dedupe: dedupe)])).ids
            let again = try await queue.take(
                gateway.submission(
                    [
                        gateway.message(stream, to: 1, dedupe: dedupe), gateway.message(stream, to: 2),
                        gateway.message(stream, to: 3, dedupe: .init(key: [4], window: .seconds(60))),
                        gateway.message(stream, to: 3, dedupe: .init(key: [4], window: .seconds(60))),
                    ], key: key("k")))
            guard case .accepted(let answer) = again else {
                Issue.record("\(again)")
                return
            }
            #expect(String(decoding: answer.body, as: UTF8.self).hasPrefix("=\(first[0].rawValue) +"))
            #expect(again.ids[3] == again.ids[2])
            // The key remembers what was said in the end.
            #expect(try await gateway.streams.earlier(Array("k".utf8))?.answer == answer)
            try await gateway.bench.eventually {
                try await gateway.bench.states(of: first[0].shard >> 24) == [.sent: 3]
            }
        }
        #expect(provider.calls.count == 3)
    }

    @Test func aRepetitionAfterItsTimeIsSent() async throws {
        let gateway = try await GatewayBench()
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let stream = gateway.stream()
        let dedupe = Submission.Dedupe(key: [1], window: .zero)
        try await gateway.with(try gateway.bench.worker(provider)) { queue in
            let first = try await queue.take(gateway.submission([gateway.message(stream, to: 1, dedupe: dedupe)])).ids
            _ = try await queue.take(gateway.submission([gateway.message(stream, to: 1, dedupe: dedupe)]))
            try await gateway.bench.eventually {
                try await gateway.bench.states(of: first[0].shard >> 24) == [.sent: 2]
            }
        }
    }

    @Test func notesAreKeptWithTheirMessages() async throws {
        let gateway = try await GatewayBench()
        let stream = gateway.stream()
        let queue = gateway.queue(nil)
        let committing = Task { await queue.run() }
        let note = Submission.Note(reference: "order-7", sealed: [9, 9])
        let ids = try await queue.take(
            gateway.submission([gateway.message(stream, to: 1, note: note), gateway.message(stream, to: 2)])
        ).ids
        queue.close()
        await committing.value
        let kept = try #require(try await gateway.streams.note(of: ids[0], tenant: gateway.bench.tenant.id))
        #expect(kept.reference == "order-7" && kept.sealed == [9, 9])
        #expect(try await gateway.streams.note(of: ids[0], tenant: gateway.bench.tenant.id + 1) == nil)
        #expect(try await gateway.streams.note(of: ids[1], tenant: gateway.bench.tenant.id) == nil)
    }

    /// A week, and a day where there are very many.
    @Test func keysAreDroppedTheSoonerTheMoreThereAre() async throws {
        let gateway = try await GatewayBench()
        let database = gateway.bench.database
        try await database.run { session in
            try session.execute(
                """
                INSERT INTO idempotency (key, tenant, body, status, answer, at)
                SELECT decode(lpad(n::text, 4, '0'), 'hex'), \(gateway.bench.tenant.id), '', 202, '', now() - n * interval '1 day' FROM generate_series(0, 9) n;
                ANALYZE idempotency
                """)
        }
        func days() async throws -> Int64 {
            try await database.run {
                try $0.query("SELECT coalesce(max(now()::date - at::date), -1) AS days FROM idempotency")[0].int("days")
            }
        }
        var age = StreamStore.KeyAge()
        _ = try await gateway.streams.prune(keys: age, notesOlderThan: .seconds(86_400))
        #expect(try await days() == 6)
        age.many = 5
        _ = try await gateway.streams.prune(keys: age, notesOlderThan: .seconds(86_400))
        #expect(try await days() == 0)
    }
}
