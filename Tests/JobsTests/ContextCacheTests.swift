import Domain
import Storage
import Synchronization
import TestDatabase
import Testing

@testable import Jobs

/// Contexts are built once for as long as they are asked for, however many streams there are.
@Suite(.database) struct ContextCacheTests {
    /// More than the cache holds: those that are asked for again and again stay.
    @Test func whatIsAskedForOftenStaysWhenManyOthersCome() async throws {
        let bench = try await WorkerBench()
        let campaign = try await bench.send(1)
        let builder = ContextBuilder(
            database: bench.database, keys: bench.keys,
            registry: try ProviderRegistry(store: ProviderStore(database: bench.database, keys: bench.keys)))
        let context = try await builder.build(campaign: campaign)
        let built = Mutex<[Int64: Int]>([:])
        let cache = ContextCache(ledger: bench.ledger) { id in
            built.withLock { $0[id, default: 0] += 1 }
            return context
        }
        for stream in Int64(1)...5000 {
            _ = try await cache.context(for: stream)
            _ = try await cache.context(for: stream % 100 + 1)
        }
        let counts = built.withLock { $0 }
        // A minute is their life: on a machine that takes longer each is built once more.
        #expect((1...100).allSatisfy { (counts[$0] ?? 0) <= 2 }, "\(counts.filter { $0.value > 2 })")
        #expect(counts.count == 5000)
    }
}
