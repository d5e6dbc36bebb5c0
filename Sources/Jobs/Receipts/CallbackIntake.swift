import Domain
import Senders
import Storage
import Synchronization

/// Stores what providers send by themselves. Whoever comes while a commit is under way shares the next one, so that
/// a flood of receipts costs a commit for each round trip and not one each.
package final class CallbackIntake: ReceiptSink {
    private struct Waiting {
        let callback: ProviderCallback
        let answer: CheckedContinuation<Bool, Never>
    }

    private let store: CallbackStore
    private let accounts: AccountNames
    /// Tells a runner in this process that there is work.
    private let wake: WakeSignal?
    private let metrics: JobMetrics
    private let waiting = Mutex<(list: [Waiting], isStoring: Bool)>(([], false))
    private static let most = 1000

    package init(database: Database, keys: KeyRing, wake: WakeSignal? = nil, metrics: JobMetrics = JobMetrics()) {
        store = CallbackStore(database: database, keys: keys)
        accounts = AccountNames(store: ProviderStore(database: database, keys: keys))
        self.wake = wake
        self.metrics = metrics
    }

    /// False where it could not be stored, or where there is no such provider any more.
    package func receive(_ callback: ProviderCallback) async -> Bool {
        await withCheckedContinuation { answer in
            let starts = waiting.withLock { state in
                state.list.append(Waiting(callback: callback, answer: answer))
                defer { state.isStoring = true }
                return !state.isStoring
            }
            if starts { Task { await self.storeAll() } }
        }
    }

    /// Until nobody waits.
    private func storeAll() async {
        while true {
            let batch = waiting.withLock { state in
                let batch = Array(state.list.prefix(Self.most))
                state.list.removeFirst(batch.count)
                if batch.isEmpty { state.isStoring = false }
                return batch
            }
            if batch.isEmpty { return }
            let answers = await stored(batch.map(\.callback))
            for (waiting, answer) in zip(batch, answers) { waiting.answer.resume(returning: answer) }
            wake?.signal()
        }
    }

    private func stored(_ callbacks: [ProviderCallback]) async -> [Bool] {
        do {
            let numbers = try await accounts.numbers(of: Set(callbacks.map(\.provider)))
            try await store.store(
                callbacks.compactMap { callback in
                    numbers[callback.provider].map { StoredCallback(callback, provider: $0) }
                })
            for (name, own) in Dictionary(grouping: callbacks, by: \.provider) where numbers[name] != nil {
                metrics.receiptsTaken(own.count, provider: name)
            }
            return callbacks.map { numbers[$0.provider] != nil }
        } catch {
            return callbacks.map { _ in false }
        }
    }
}

extension StoredCallback {
    package init(_ callback: ProviderCallback, provider: Int64) {
        self.init(
            provider: provider, receivedAt: callback.receivedAt, identity: CallbackCodec.identity(callback),
            content: CallbackCodec.encode(callback))
    }
}

/// The accounts' numbers by their names; asked for anew where a name is not known.
private actor AccountNames {
    private let store: ProviderStore
    private var known: [String: Int64] = [:]
    private var read: ContinuousClock.Instant?

    init(store: ProviderStore) { self.store = store }

    func numbers(of names: Set<String>) async throws -> [String: Int64] {
        let isOld = read.map { $0.duration(to: .now) > .seconds(10) } ?? true
        if isOld || !names.allSatisfy({ known[$0] != nil }) {
            known = Dictionary(
                try await store.providers().map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
            read = .now
        }
        return known
    }
}
