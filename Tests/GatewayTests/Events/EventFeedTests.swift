import Domain
import Synchronization
import TestDatabase
import TestSupport
import Testing

@testable import Gateway
@testable import HTTPServer
@testable import Storage

/// Many WebSockets on one feed, at turns that the test gives.
@Suite(.database) struct EventFeedTests {
    @Test func tenThousandReadersAskOneQuestionATurn() async throws {
        let (gate, opener) = AsyncStream<Void>.makeStream()
        let questions = Mutex(0)
        let standing = Mutex(CampaignStore.Standing(state: .running, note: "", recipients: 9, rejected: 0))
        let feed = CampaignFeed(minute: 2, pause: { for await _ in gate { return } }) { ids in
            questions.withLock { $0 += 1 }
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, standing.withLock { $0 }) })
        }
        let looks = Mutex(0)
        let sockets = (0..<10_000).map { _ in WebSocket(limit: 4096) }
        var guests: [Int] = []
        for socket in sockets {
            let guest = feed.join { looks.withLock { $0 += 1 } }
            guests.append(guest)
            #expect(try await feed.watch(7, socket, guest))
        }
        // The first asked; the others share what it heard.
        #expect(questions.withLock { $0 } == 1)
        for socket in sockets { #expect(!socket.takeOutbox().bytes.isEmpty) }
        standing.withLock { $0 = CampaignStore.Standing(state: .finished, note: "", recipients: 9, rejected: 0) }
        opener.yield()
        try await eventually { feed.watched == 0 }
        #expect(questions.withLock { $0 } == 2)
        try await eventually { !sockets[9_999].takeOutbox().bytes.isEmpty }
        // Keys are looked at while nothing is watched, too; then nobody is there, and nothing is asked.
        opener.yield()
        try await eventually { looks.withLock { $0 } == 10_000 }
        for guest in guests { feed.leave(guest) }
        opener.yield()
        #expect(feed.guests == 0 && questions.withLock { $0 } == 2)
    }

    /// What a reader doesn't take has a limit; it is cut off and the others hear on.
    @Test func aSlowReaderIsCutOffAndHarmsNobody() async throws {
        let (gate, opener) = AsyncStream<Void>.makeStream()
        let count = Mutex<Int64>(0)
        let feed = CampaignFeed(pause: { for await _ in gate { return } }) { ids in
            let rejected = count.withLock { count in
                count += 1
                return count
            }
            let standing = CampaignStore.Standing(state: .running, note: "", recipients: 9, rejected: rejected)
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, standing) })
        }
        let (slow, quick) = (WebSocket(limit: 2000), WebSocket(limit: 2000))
        for socket in [slow, quick] { _ = try await feed.watch(7, socket, feed.join {}) }
        var heard = 0
        for turn in 0..<40 {
            if !quick.takeOutbox().bytes.isEmpty { heard += 1 }
            opener.yield()
            try await eventually { count.withLock { $0 } >= turn + 2 }
        }
        try await eventually { slow.send([0x61]) == false }
        #expect(slow.takeOutbox().isTooSlow && !quick.takeOutbox().isTooSlow && heard >= 10)
    }
}
