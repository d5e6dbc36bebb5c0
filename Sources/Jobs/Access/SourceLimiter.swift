import Domain
import Senders
import Storage
import Synchronization

/// Holds sources to their rates and quotas, over all processes: from memory where the shares allow it, and otherwise
/// after one question to the database that serves all who wait. Shares are settled once a second as the providers' are.
package final class SourceLimiter: Sendable {
    private struct State {
        var allowances: [Int64: SourceAllowance] = [:]
        var questions: [Int64: Task<Void, any Error>] = [:]
    }

    private let rates: PostgresLimitLedger
    private let quotas: QuotaStore
    private let steady: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())
    private static let period: Duration = .seconds(1)
    private static let idleLimit: Duration = .seconds(60)
    private static let most = 16

    package init(
        database: Database, steady: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        rates = PostgresLimitLedger(database: database)
        quotas = QuotaStore(database: database)
        self.steady = steady
    }

    /// Takes so many recipients from the caller's limits, all or none. Throws where the database was needed and is away.
    /// `isPaced`: it counts against the rate too.
    package func take(
        _ count: Int, for caller: Caller, isCritical: Bool, isPaced: Bool = true
    ) async throws -> LimitVerdict {
        guard count > 0, !caller.limits.isEmpty else { return .unlimited }
        for _ in 0..<Self.most {
            let answer = look(count, caller, isCritical, isPaced)
            guard case .ask(let needsRates, let asks) = answer else { return decided(answer) }
            wait(caller.source, Int64(count))
            defer { wait(caller.source, Int64(-count)) }
            try await question(caller.source, needsRates, asks).value
        }
        // Others were quicker each time: that is what a limit under pressure looks like.
        return LimitVerdict(standings: [], refusal: .init(name: "rate", retryAfter: 1))
    }

    /// The same from memory alone. Nil: ask `take`.
    package func quickTake(_ count: Int, for caller: Caller, isCritical: Bool) -> LimitVerdict? {
        guard count > 0, !caller.limits.isEmpty else { return .unlimited }
        guard case .decided(let verdict) = look(count, caller, isCritical, true) else { return nil }
        return verdict
    }

    /// For a request that was let in and came to nothing after all.
    package func giveBack(_ count: Int, for caller: Caller, isCritical: Bool, isPaced: Bool = true) {
        state.withLock {
            $0.allowances[caller.source]?.giveBack(
                count, isCritical: isCritical, isTest: caller.isTest, isPaced: isPaced)
        }
    }

    private func decided(_ answer: SourceAllowance.Answer) -> LimitVerdict {
        if case .decided(let verdict) = answer { verdict } else { .unlimited }
    }

    private func look(_ count: Int, _ caller: Caller, _ isCritical: Bool, _ isPaced: Bool) -> SourceAllowance.Answer {
        let now = steady()
        return state.withLock { state in
            Self.take(
                from: &state.allowances[
                    caller.source, default: SourceAllowance(source: caller.source, limits: caller.limits, now: now)],
                count, caller, isCritical, isPaced, now)
        }
    }

    private static func take(
        from allowance: inout SourceAllowance, _ count: Int, _ caller: Caller, _ isCritical: Bool, _ isPaced: Bool,
        _ now: ContinuousClock.Instant
    ) -> SourceAllowance.Answer {
        allowance.change(to: caller.limits, now)
        return allowance.take(count, isCritical: isCritical, isTest: caller.isTest, isPaced: isPaced, now)
    }

    private func wait(_ source: Int64, _ count: Int64) {
        state.withLock { $0.allowances[source]?.waiting += count }
    }

    // MARK: Asking

    /// One at a time for each source: who comes meanwhile waits for that answer and looks again.
    private func question(_ source: Int64, _ needsRates: Bool, _ asks: [QuotaStore.Ask]) -> Task<Void, any Error> {
        state.withLock { state in
            if let running = state.questions[source] { return running }
            let task = Task { [self] in
                defer { self.state.withLock { $0.questions[source] = nil } }
                let asked = steady()
                if needsRates { try await settleRates([source], asked) }
                let answers = try await quotas.take(asks)
                self.state.withLock { $0.allowances[source]?.accept(answers, asked: asked, now: steady()) }
            }
            state.questions[source] = task
            return task
        }
    }

    private func settleRates(_ sources: [Int64], _ asked: ContinuousClock.Instant) async throws {
        let demand = state.withLock { state in
            sources.reduce(into: [LimitKey: Demand]()) { all, source in
                all.merge(state.allowances[source]?.demand(asked) ?? [:]) { _, new in new }
            }
        }
        guard !demand.isEmpty else { return }
        let grants = try await rates.settle(demand)
        state.withLock { state in
            for source in sources { state.allowances[source]?.accept(grants, asked: asked, now: steady()) }
        }
    }

    // MARK: In the course of time

    /// Settles everything once; called once a second.
    func settle() async throws {
        let now = steady()
        let (sources, asks) = state.withLock { state in
            var asks: [QuotaStore.Ask] = []
            for source in state.allowances.keys {
                guard let usedAt = state.allowances[source]?.usedAt else { continue }
                if usedAt.duration(to: now) > Self.idleLimit {
                    asks += state.allowances[source]?.end() ?? []
                    state.allowances[source] = nil
                } else {
                    asks += state.allowances[source]?.settleQuotas(now) ?? []
                }
            }
            return (Array(state.allowances.keys), asks)
        }
        try await settleRates(sources, now)
        let answers = try await quotas.take(asks)
        state.withLock { state in
            for source in sources { state.allowances[source]?.accept(answers, asked: now, now: steady()) }
        }
    }

    /// Until cancelled; then others have the shares at once.
    package func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.period)
            // A database that is away: the shares shrink by themselves until it is back.
            try? await settle()
        }
        try? await leave()
    }

    func leave() async throws {
        let asks = state.withLock { state in
            defer { state.allowances = [:] }
            return state.allowances.keys.flatMap { state.allowances[$0]?.end() ?? [] }
        }
        _ = try await quotas.take(asks)
        try await rates.leave()
    }
}
