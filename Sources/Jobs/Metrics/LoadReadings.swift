import Domain
import Metrics
import Storage
import Synchronization

/// What waits in the database, for the page of metrics: read by one statement at most every five seconds, however often
/// the page is asked for. A database that does not answer in time leaves the numbers out.
package final class LoadReadings: Sendable {
    private struct State {
        var numbers: [LoadStore.Key: Int64] = [:]
        var readAt: ContinuousClock.Instant?
        var triedAt: ContinuousClock.Instant?
        var isUp = false
        var under: Task<Void, Never>?
    }

    private let read: @Sendable () async throws -> [LoadStore.Key: Int64]
    private let state = Mutex(State())
    private static let period: Duration = .seconds(5)
    private static let patience: Duration = .seconds(1)
    /// Older numbers say nothing any more.
    private static let age: Duration = .seconds(30)

    package convenience init(database: Database) {
        let store = LoadStore(database: database)
        self.init { try await store.read() }
    }

    init(read: @escaping @Sendable () async throws -> [LoadStore.Key: Int64]) { self.read = read }

    package func register(in registry: MetricsRegistry) {
        registry.read("herald_database_up", "Whether the database answered when it was last asked.") { [self] in
            await refresh()
            return [.init([], state.withLock { $0.isUp } ? 1 : 0)]
        }
        add(
            "herald_waiting_shards", "Shards that are due and wait, up to \(LoadStore.most).", "waiting_shards",
            registry, .lane)
        add("herald_waiting_messages", "Messages in those shards.", "waiting_messages", registry, .lane)
        add(
            "herald_oldest_waiting_seconds", "How long the shard that waits longest has been due.", "waiting_age",
            registry,
            .lane, scale: 1e-6)
        add("herald_taken_shards", "Shards that workers have in work.", "taken_shards", registry, .lane)
        add("herald_campaigns", "Campaigns that are not over.", "campaigns", registry, .state)
        add("herald_receipts_waiting", "Callbacks that are due to be looked at.", "receipts", registry, .none)
        add(
            "herald_receipts_lag_seconds", "How long the oldest of them has been due.", "receipts_age", registry, .none,
            scale: 1e-6)
        add(
            "herald_rollup_pending_rows", "Rows of the reports that are not folded yet, up to \(LoadStore.most).",
            "rollup_rows", registry, .none)
        add(
            "herald_dead_letters", "Dead letters that nobody has settled, up to \(LoadStore.most).", "dead_letters",
            registry, .none)
        add(
            "herald_webhook_lag_seconds", "How long the event that waits longest has been due, where none fails.",
            "webhooks_age", registry, .none, scale: 1e-6)
        add("herald_webhooks_failing", "Webhooks whose last event did not arrive.", "webhooks_failing", registry, .none)
        add("herald_webhooks_disabled", "Webhooks that were disabled.", "webhooks_disabled", registry, .none)
        add(
            "herald_budget_used_ratio", "What share of a money budget is spent in its present period.", "budget_used",
            registry, .budget, scale: 1e-3)
        add(
            "herald_alerts_open", "Alerts that are open, by what is watched.", "alerts", registry, .measure)
        add("herald_workers", "Processes that work.", "workers", registry, .none)
    }

    private enum Label { case none, lane, state, budget, measure }

    private func add(
        _ name: String, _ help: String, _ key: String, _ registry: MetricsRegistry, _ label: Label, scale: Double = 1
    ) {
        let labels: [String] =
            switch label {
            case .none: []
            case .lane: ["lane"]
            case .state: ["state"]
            case .budget: ["budget"]
            case .measure: ["measure"]
            }
        registry.read(name, help, labels: labels) { [self] in
            guard let numbers = await current() else { return [] }
            switch label {
            case .none: return [.init([], Double(numbers[.init(name: key, label: "")] ?? 0) * scale)]
            case .lane:
                return [Lane.bulk, .fast].map { lane in
                    .init([lane.word], Double(numbers[.init(name: key, label: "\(lane.rawValue)")] ?? 0) * scale)
                }
            case .budget:
                return numbers.filter { $0.key.name == key }.sorted { $0.key.label < $1.key.label }
                    .map { .init([$0.key.label], Double($0.value) * scale) }
            case .measure:
                return AlertMeasure.allCases.map {
                    .init([$0.rawValue], Double(numbers[.init(name: key, label: $0.rawValue)] ?? 0))
                }
            case .state:
                return CampaignState.allCases.filter { !$0.isOver }.map { state in
                    .init([state.rawValue], Double(numbers[.init(name: key, label: state.rawValue)] ?? 0) * scale)
                }
            }
        }
    }

    private func current() async -> [LoadStore.Key: Int64]? {
        await refresh()
        return state.withLock { state in
            guard let readAt = state.readAt, readAt.duration(to: .now) < Self.age else { return nil }
            return state.numbers
        }
    }

    /// One at a time; who asks meanwhile waits for it, for a moment.
    private func refresh() async {
        let task: Task<Void, Never>? = state.withLock { state in
            if let triedAt = state.triedAt, triedAt.duration(to: .now) < Self.period { return nil }
            if let under = state.under { return under }
            let task = Task { await self.look() }
            state.under = task
            return task
        }
        guard let task else { return }
        let ended = AsyncStream<Void>.makeStream()
        let waits = [
            Task {
                await task.value
                ended.continuation.yield()
            },
            Task {
                try? await Task.sleep(for: Self.patience)
                ended.continuation.yield()
            },
        ]
        for await _ in ended.stream { break }
        waits[1].cancel()
        // Whoever comes next does not wait for it again.
        state.withLock { if $0.under != nil { $0.triedAt = .now } }
    }

    private func look() async {
        let found = try? await read()
        state.withLock { state in
            state.under = nil
            state.triedAt = .now
            state.isUp = found != nil
            if let found {
                state.numbers = found
                state.readAt = .now
            }
        }
    }
}
