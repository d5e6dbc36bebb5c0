import Domain
import Storage

/// Finds workers that are dead and frees what they held. On the same machine a process that is gone is
/// seen at once; elsewhere a beat must stand still for a while by this rescuer's own clock: wall clocks
/// are never compared.
struct Rescuer {
    private let store: WorkerStore
    private let patience: Duration
    private var seen: [Int64: (beat: Int64, since: ContinuousClock.Instant)] = [:]
    private var lastLook: ContinuousClock.Instant?
    /// Who has not looked for longer can't say that a beat stood still: the database may have been away for
    /// everybody.
    private static let longestGap: Duration = .milliseconds(1500)

    init(database: Database, patience: Duration) {
        store = WorkerStore(database: database)
        self.patience = patience
    }

    /// Looks once; returns how many shards were freed.
    mutating func look(now: ContinuousClock.Instant = .now) async throws -> Int {
        let workers = try await store.all()
        if let lastLook, lastLook.duration(to: now) > Self.longestGap { seen.removeAll() }
        lastLook = now
        var freed = 0
        for worker in workers {
            if worker.isCertainlyGone {
                freed += try await store.rescue(worker: worker.id)
            } else if let known = seen[worker.id], known.beat == worker.beat {
                if known.since.duration(to: now) > patience {
                    freed += try await store.rescue(worker: worker.id, ifBeat: worker.beat)
                }
            } else {
                seen[worker.id] = (worker.beat, now)
            }
        }
        let alive = Set(workers.map(\.id))
        seen = seen.filter { alive.contains($0.key) }
        return freed
    }
}
