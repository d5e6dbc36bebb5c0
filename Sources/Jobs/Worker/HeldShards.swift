import Synchronization

/// The shards that a process works on and knows of. What the database says it holds besides is a claim whose answer was
/// lost, and is given back.
package final class HeldShards: Sendable {
    private let shards = Mutex<Set<Int64>>([])

    package init() {}

    package func insert(_ ids: [Int64]) { shards.withLock { $0.formUnion(ids) } }
    package func remove(_ id: Int64) { _ = shards.withLock { $0.remove(id) } }
    package var all: [Int64] { Array(shards.withLock { $0 }) }
}
