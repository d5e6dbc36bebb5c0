import Domain
import HTTPServer
import Storage
import Synchronization
import TestDatabase
import TestSupport
import Testing

@testable import Gateway

/// Events of campaigns, read from a real database at turns that the test gives.
@Suite(.database) struct CampaignFeedTests {
    /// Lets the feed take one turn at a time, and counts what it asks.
    private final class Turns: Sendable {
        private let gate: AsyncStream<Void>
        private let opener: AsyncStream<Void>.Continuation
        let questions = Mutex<[[Int64]]>([])

        init() { (gate, opener) = AsyncStream<Void>.makeStream() }

        func give() { opener.yield() }

        func feed(_ store: CampaignStore, longest: Int = 3600) -> CampaignFeed {
            CampaignFeed(longest: longest, pause: { for await _ in self.gate { return } }) { ids in
                self.questions.withLock { $0.append(ids.sorted()) }
                return try await store.standings(of: ids)
            }
        }

        var count: Int { questions.withLock { $0.count } }
    }

    private func reading(_ response: HTTPResponse) throws -> StreamReading {
        guard case .stream(let stream, _) = response.body else { throw StreamReading.BrokenOff() }
        return StreamReading(stream)
    }

    private func filled(_ bench: CampaignBench, from first: Int) async throws -> (text: String, id: Int64) {
        let id = try await bench.draft()
        _ = try await bench.fill(id, CampaignBench.csv(2, from: first))
        return (id, try #require(Int64(id)))
    }

    @Test func aStreamTellsEveryChangeAndTheEnd() async throws {
        let bench = try await CampaignBench()
        let turns = Turns()
        let feed = turns.feed(bench.store)
        let campaign = try await filled(bench, from: 0)
        let stream = try reading(try await feed.open(campaign.id, after: nil))
        try stream.step()
        #expect(stream.text.contains("event: state\n") && stream.text.contains(#""state":"draft""#))
        try await bench.gateway.run {
            _ = try await bench.call("POST", "/v1/campaigns/\(campaign.text)/start")
            _ = try await bench.finished(campaign.text)
            turns.give()
            try await stream.until("event: end\n")
        }
        #expect(stream.text.contains(#""done":2"#))
        #expect(try stream.step() == false)
        #expect(feed.watched == 0)
        // Who comes back with the last one is told to stay away.
        let last = try #require(stream.text.split(separator: "\n").last { $0.hasPrefix("id: ") }).dropFirst(4)
        #expect(try await feed.open(campaign.id, after: String(last)).status == 204)
        let late = try reading(try await feed.open(campaign.id, after: nil))
        #expect(try String(decoding: await late.rest(), as: UTF8.self).contains("event: end\n"))
    }

    @Test func howeverManyStreamsThereIsOneQuestionATurn() async throws {
        let bench = try await CampaignBench()
        let turns = Turns()
        let feed = turns.feed(bench.store)
        let one = try await filled(bench, from: 0)
        let two = try await filled(bench, from: 10)
        var streams: [StreamReading] = []
        for number in 0..<200 {
            streams.append(try reading(try await feed.open(number % 2 == 0 ? one.id : two.id, after: nil)))
        }
        // One for the first stream of each.
        #expect(turns.count == 2)
        _ = try await bench.call("POST", "/v1/campaigns/\(one.text)/start")
        turns.give()
        try await streams[0].until("running")
        turns.give()
        try await eventually { turns.count == 4 }
        #expect(turns.questions.withLock { $0.suffix(2) } == [[one.id, two.id], [one.id, two.id]])
        for (number, stream) in streams.enumerated() {
            try stream.step()
            #expect(stream.text.contains("running") == (number % 2 == 0))
        }
        // Nobody watches, so nobody is asked.
        streams.removeAll()
        turns.give()
        try await eventually { feed.watched == 0 }
    }

    @Test func whatAClientHasSeenIsNotToldAgain() async throws {
        let bench = try await CampaignBench()
        let turns = Turns()
        let feed = turns.feed(bench.store)
        let campaign = try await filled(bench, from: 0)
        let first = try reading(try await feed.open(campaign.id, after: nil))
        try first.step()
        let id = try #require(first.text.split(separator: "\n").first { $0.hasPrefix("id: ") }).dropFirst(4)
        let second = try reading(try await feed.open(campaign.id, after: String(id)))
        try second.step()
        #expect(second.text.isEmpty)
        let third = try reading(try await feed.open(campaign.id, after: "something else"))
        try third.step()
        #expect(third.text == first.text)
    }

    @Test func aStreamEndsAfterAWhileSoThatItsKeyIsLookedAtAgain() async throws {
        let bench = try await CampaignBench()
        let turns = Turns()
        let feed = turns.feed(bench.store, longest: 2)
        let campaign = try await filled(bench, from: 0)
        let stream = try reading(try await feed.open(campaign.id, after: nil))
        turns.give()
        turns.give()
        _ = try await stream.rest()
        #expect(!stream.text.contains("event: end"))
    }
}
