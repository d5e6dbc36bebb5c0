import Domain
import Storage
import TestDatabase
import Testing

@Suite(.database) struct CallStoreTests {
    /// What many messages are asked of at once is what each of them is asked of alone.
    @Test func neighboursHaveTheCallsThatCarriedThem() async throws {
        let fixture = try await Fixture()
        let campaign = try await fixture.campaign(shards: [20])
        let shard = MessageID.shard(campaign: campaign, number: 0)
        let number = { @Sendable (index: Int) in MessageID(shard: shard, index: index) }
        /// `members`: of the numbers from the first on; nil: all.
        let calls: [(first: Int, last: Int, members: String?, reply: String)] = [
            (0, 3, nil, "all"), (2, 6, #"\x15"#, "some"), (6, 6, nil, "one"), (12, 14, nil, "behind"),
        ]
        try await fixture.database.run { session in
            let day = try session.query("SELECT (current_day_part('call_log')).day AS day")[0].int("day")
            for (place, call) in calls.enumerated() {
                try session.execute(
                    """
                    INSERT INTO call_log (at, duration_us, campaign, first_message, last_message, day, provider, messages, status, kind,
                           attempt, members, reply)
                    SELECT clock_timestamp() + \(place) * interval '1 s', 1, \(campaign), \(number(call.first).rawValue),
                           \(number(call.last).rawValue), \(day), 1, 1, 200, 0, 1,
                           \(call.members.map { "'\($0)'::bytea" } ?? "NULL"), '\(call.reply)'
                    """)
            }
        }
        let store = CallStore(database: fixture.database)
        let together = try await store.calls(of: number(2)...number(12))
        let expected = [
            2: ["all", "some"], 3: ["all"], 4: ["some"], 6: ["some", "one"], 12: ["behind"],
        ]
        for index in 0..<15 {
            let alone = try await store.calls(of: number(index)).map(\.reply)
            if (2...12).contains(index) {
                #expect(alone == expected[index] ?? [])
                #expect(together[number(index)]?.map(\.reply) ?? [] == alone)
            } else {
                #expect(together[number(index)] == nil)
            }
        }
    }
}
