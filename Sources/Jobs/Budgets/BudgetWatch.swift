import Domain
import Storage
import Synchronization

/// Which budgets are used up, for who lets requests in: from memory, looked up anew once a second while anybody asks. What
/// is let in a moment too long is accepted and waits, so that nothing is spent.
package final class BudgetWatch: Sendable {
    private struct State {
        var spent: [BudgetStore.Spent] = []
        var readAt: ContinuousClock.Instant?
        var reading: Task<Void, any Error>?
    }

    private let read: @Sendable () async throws -> [BudgetStore.Spent]
    private let steady: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())
    private static let period: Duration = .seconds(1)
    /// Older knowledge is not acted on: who asks then waits for the answer.
    private static let age: Duration = .seconds(10)

    package convenience init(database: Database) {
        let store = BudgetStore(database: database)
        self.init { try await store.spent() }
    }

    init(
        steady: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        read: @escaping @Sendable () async throws -> [BudgetStore.Spent]
    ) {
        self.read = read
        self.steady = steady
    }

    /// The budget that a source's messages of this category would wait for, of several the one that holds longest: nobody
    /// is told to come back when another would still refuse. Nil where they may go.
    package func spent(tenant: Int64, source: Int64, category: Category) async throws -> BudgetStore.Spent? {
        let now = steady()
        let age = state.withLock { $0.readAt?.duration(to: now) }
        if age.map({ $0 > Self.period }) ?? true {
            let task = look()
            // A database that is away for a moment holds nobody up.
            if age.map({ $0 > Self.age }) ?? true { try await task.value }
        }
        return state.withLock { state in
            state.spent.filter {
                $0.tenant == tenant && ($0.source == nil || $0.source == source)
                    && (category != .otp || $0.holdsCritical)
            }.max { a, b in
                guard let first = a.endsAt else { return false }
                return b.endsAt.map { first < $0 } ?? true
            }
        }
    }

    /// A budget was changed by this process: whoever asks next sees it.
    package func forget() { state.withLock { $0.readAt = nil } }

    private func look() -> Task<Void, any Error> {
        state.withLock { state in
            if let reading = state.reading { return reading }
            let task = Task {
                defer { self.state.withLock { $0.reading = nil } }
                let asked = self.steady()
                let spent = try await self.read()
                self.state.withLock { state in
                    state.spent = spent
                    state.readAt = asked
                }
            }
            state.reading = task
            return task
        }
    }
}
