import Domain
import Senders
import Storage

/// Looks after the gates of a process: has them notice what only time can tell, settles their limits once a second,
/// and publishes how the providers stand. A database that is away costs nothing but that: the shares shrink by
/// themselves until it is back.
package struct LimitSettler: Sendable {
    private let gates: @Sendable () async -> [ProviderGate]
    private let ledger: PostgresLimitLedger
    private let health: ProviderHealthStore
    private static let tick: Duration = .milliseconds(100)
    private static let period: Duration = .seconds(1)

    package init(database: Database, gates: @escaping @Sendable () async -> [ProviderGate]) {
        self.gates = gates
        ledger = PostgresLimitLedger(database: database)
        health = ProviderHealthStore(database: database)
    }

    package init(database: Database, registry: ProviderRegistry) {
        self.init(database: database) { await registry.gates }
    }

    /// Until cancelled; then the shares are free for others at once.
    package func run() async {
        await withTaskGroup { group in
            // Apart from each other: a database that does not answer must not keep a sick provider in.
            group.addTask { await watch() }
            group.addTask { await settleAgainAndAgain() }
        }
        try? await ledger.leave()
    }

    private func watch() async {
        while !Task.isCancelled {
            for gate in await gates() { gate.check() }
            try? await Task.sleep(for: Self.tick)
        }
    }

    private func settleAgainAndAgain() async {
        var known: Set<ObjectIdentifier> = []
        var last: ContinuousClock.Instant?
        var published: Set<Int64> = []
        while !Task.isCancelled {
            let gates = await gates()
            let present = Set(gates.map(ObjectIdentifier.init))
            // A new provider does not wait for its turn.
            let isNew = !present.isSubset(of: known)
            let isDue = last.map { $0.duration(to: .now) >= Self.period } ?? true
            if isNew || isDue {
                last = .now
                known = present
                try? await settle(gates)
                published = (try? await publish(gates, besides: published)) ?? []
            }
            try? await Task.sleep(for: Self.tick)
        }
    }

    private func settle(_ gates: [ProviderGate]) async throws {
        let asked = ContinuousClock.now
        var demand: [LimitKey: Demand] = [:]
        for gate in gates { demand.merge(gate.demand(now: asked)) { _, new in new } }
        guard !demand.isEmpty else { return }
        let grants = try await ledger.settle(demand)
        for gate in gates { gate.accept(grants, asked: asked) }
    }

    /// Publishes those with traffic or trouble, and those that had it the last time; returns the former.
    private func publish(_ gates: [ProviderGate], besides last: Set<Int64>) async throws -> Set<Int64> {
        var lines: [ProviderHealth] = []
        var active: Set<Int64> = []
        for gate in gates {
            let standing = gate.standing()
            if standing.rate > 0 || standing.inFlight > 0 || standing.state != .closed { active.insert(gate.provider) }
            guard active.contains(gate.provider) || last.contains(gate.provider) else { continue }
            lines.append(ProviderHealth(standing, provider: gate.provider, process: ledger.process))
        }
        try await health.publish(lines)
        return active
    }
}

extension ProviderHealth {
    fileprivate init(_ standing: ProviderStanding, provider: Int64, process: Int64) {
        self.init(
            provider: provider, process: process, at: .now, state: standing.state.rawValue, lasting: standing.lasting,
            score: standing.score, share: standing.share, rate: standing.rate, errorShare: standing.errorShare,
            timeOutShare: standing.timeOutShare, p50: standing.p50, p99: standing.p99, inFlight: standing.inFlight,
            allowed: standing.allowedInFlight, learntLimit: standing.learntLimit)
    }
}
