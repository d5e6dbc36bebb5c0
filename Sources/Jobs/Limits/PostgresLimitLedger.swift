import Domain
import Senders
import Storage

/// Settles shares of limits in PostgreSQL, under a number that is this process's own as long as it lives.
package struct PostgresLimitLedger: LimitLedger {
    /// Random: a process that is started again is another one.
    package let process: Int64
    private let store: LimitStore

    package init(database: Database, process: Int64 = .random(in: 1 ... .max)) {
        self.process = process
        store = LimitStore(database: database)
    }

    package func settle(_ demand: [LimitKey: Demand]) async throws -> [LimitKey: Grant] {
        let settled = try await store.settle(
            process: process,
            demand.map {
                LimitStore.Share(
                    provider: $0.key.provider, destination: $0.key.destination.code, limit: $0.value.limit,
                    wanted: $0.value.wanted)
            })
        var grants: [LimitKey: Grant] = [:]
        for share in settled {
            let key = LimitKey(provider: share.provider, destination: Region(share.destination) ?? .none)
            grants[key] = Grant(perSecond: share.perSecond, processes: share.processes)
        }
        return grants
    }

    /// Leaves its shares to the others.
    package func leave() async throws { try await store.leave(process: process) }
}
