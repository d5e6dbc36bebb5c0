import Domain
import Storage

/// Keeps the callbacks applied. Any number of processes may run one: one at a time has its turn.
package struct ReceiptRunner: Sendable {
    private let store: CallbackStore
    private let pipeline: ReceiptPipeline
    private let wake: WakeSignal

    package init(database: Database, keys: KeyRing, readers: ReceiptReaders, wake: WakeSignal, metrics: JobMetrics) {
        store = CallbackStore(database: database, keys: keys)
        pipeline = ReceiptPipeline(database: database, keys: keys, readers: readers, metrics: metrics)
        self.wake = wake
    }

    /// Until cancelled. A round that fails (the database is away) is followed by another.
    package func run() async {
        while !Task.isCancelled {
            let generation = wake.generation
            let hasMore = (try? await round()) ?? false
            if !hasMore { await wake.wait(after: generation, atMost: .milliseconds(500)) }
        }
    }

    private func round() async throws -> Bool {
        guard try await store.isWorkDue() else { return false }
        return try await pipeline.run().map { $0 > 0 } ?? false
    }
}
