import Domain
import Storage
import Synchronization

/// A stream as this process writes to it, with the places for shards that it has taken ahead: a message's number is
/// known before anything is committed.
package final class MessageStream: Sendable {
    private struct Places {
        var campaign: Int64 = 0
        var left: Range<Int> = 0..<0
        var until = ContinuousClock.now
        /// Doubled with each block: a busy stream asks seldom, a quiet one leaves few places unused.
        var block = 16
    }

    package let key: StreamKey
    package let content: StreamContent
    private let store: StreamStore
    private let places = Mutex(Places())
    private static let largestBlock = 4096

    package init(key: StreamKey, content: StreamContent, store: StreamStore) {
        self.key = key
        self.content = content
        self.store = store
    }

    /// A new shard's number, in the stream of the day. Where two queues run out at once, what is left of one block is given up.
    func nextShard() async throws -> Int64 {
        if let shard = takePlace() { return shard }
        let block = places.withLock { $0.block }
        let taken = try await store.takePlaces(block, in: key)
        places.withLock { places in
            places.campaign = taken.campaign
            places.left = taken.places.dropFirst()
            places.until = .now + taken.lasts
            places.block = min(block * 2, Self.largestBlock)
        }
        return MessageID.shard(campaign: taken.campaign, number: taken.places.lowerBound)
    }

    private func takePlace() -> Int64? {
        places.withLock { places in
            guard ContinuousClock.now < places.until, let place = places.left.popFirst() else { return nil }
            return MessageID.shard(campaign: places.campaign, number: place)
        }
    }
}
