import Domain
import Senders
import Storage
import TestDatabase
import Testing

@testable import Jobs

/// Every call to a provider is found from the messages that it carried, and from no others.
@Suite(.database) struct CallLogTests {
    @Test func aMessageFindsTheCallThatCarriedItAndAnOptedOutOneNone() async throws {
        let bench = try await WorkerBench()
        for index in [10, 11, 250] { try await bench.optOut(index) }
        let campaign = try await bench.send(300)
        try await bench.with(try bench.worker(SandboxProvider())) { try await bench.finish(campaign) }
        let store = CallStore(database: bench.database)
        let shard = MessageID.shard(campaign: campaign, number: 0)
        for index in [0, 9, 12, 249, 251, 299] {
            let calls = try await store.calls(of: MessageID(shard: shard, index: index))
            #expect(calls.count == 1)
            #expect(calls.first?.kind == Outcome.Kind.sent.rawValue && calls.first?.campaign == campaign)
        }
        for index in [10, 11, 250, 300] {
            #expect(try await store.calls(of: MessageID(shard: shard, index: index)).isEmpty)
        }
        let carried = try await bench.database.run { session in
            try session.query("SELECT sum(messages)::bigint AS count FROM call_log")[0].int("count")
        }
        #expect(carried == 297)
    }

    @Test func aTryThatCostsNoLedgerRowIsLoggedAllTheSame() async throws {
        let bench = try await WorkerBench()
        let once = try #require(MagicRecipient.phone(countryPrefix: "+65", .throttledOnce))
        var settings = SandboxSettings()
        settings.retryAfter = .milliseconds(50)
        let campaign = try await bench.send(1, numbers: { _ in once })
        try await bench.with(try bench.worker(SandboxProvider(settings: settings))) {
            try await bench.finish(campaign)
        }
        let message = MessageID(shard: MessageID.shard(campaign: campaign, number: 0), index: 0)
        let calls = try await CallStore(database: bench.database).calls(of: message)
        #expect(calls.map(\.kind) == [Outcome.Kind.throttled, .sent].map(\.rawValue))
        #expect(calls.map(\.attempt) == [1, 2])
        #expect(try await bench.ledger.trace(message).count == 1)
    }

    @Test func oldDaysGoAsAWholeAndNewOnesAreThereAhead() async throws {
        let bench = try await WorkerBench()
        let days = DayPartStore(database: bench.database)
        let today = try await days.current(.calls)
        try await days.makeAhead()
        let parts = try await bench.days()
        #expect(parts.first == today.day && parts.count == 3)
        try await bench.database.run { session in
            try session.execute(
                "UPDATE day_part SET day = 20010101 WHERE day = \(today.day); ALTER TABLE \(today.table) RENAME TO call_log_20010101"
            )
        }
        #expect(try await days.drop(.calls, olderThan: 30) == 1)
        #expect(try await bench.days() == Array(parts.dropFirst()))
        // A clock that stands before every day there is finds a place too.
        #expect(try await days.current(.calls).day == parts[1])
    }
}

extension WorkerBench {
    fileprivate func days() async throws -> [Int] {
        try await database.run { session in
            try session.query("SELECT day FROM day_part WHERE parent = 'call_log' ORDER BY day").map {
                Int(try $0.int("day"))
            }
        }
    }
}
