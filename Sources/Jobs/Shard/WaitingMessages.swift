import Domain
import Storage

/// The recipients of one window that must wait, by how long: one shard for each wait. Waits are rounded
/// up, or a jitter for each message would make a shard of each.
struct WaitingMessages {
    private var items: [Duration: [RetryItem]] = [:]

    mutating func add(_ item: RetryItem, after wait: Duration) {
        items[Self.rounded(wait), default: []].append(item)
    }

    /// The same for a wait that an administrator chose: all of a rule's messages have the same.
    mutating func add(_ item: RetryItem, exactlyAfter wait: Duration) { items[wait, default: []].append(item) }

    /// `crashes` where workers died over these recipients.
    func shards(now: Timestamp, crashes: Int = 0) -> [RetryShard] {
        items.map { RetryShard(due: now + $0, items: RetryItem.encode($1), count: $1.count, crashes: crashes) }
            .sorted { $0.due < $1.due }
    }

    /// Up to the next quarter of a power of two: at most a quarter longer, and few different values.
    static func rounded(_ wait: Duration) -> Duration {
        let milliseconds = max(0, wait.wholeMilliseconds)
        var step: Int64 = 100
        while step * 8 < milliseconds { step *= 2 }
        return .milliseconds((milliseconds + step - 1) / step * step)
    }
}
