import Domain
import Storage

/// What may take a while and has time: the ledger's slices and indexes, folding rollups, late answers, old
/// changes of policy. Apart from what can't wait, so that it holds nothing up.
struct Housekeeper {
    private let work: WorkStore
    private let ledger: LedgerStore
    private let policy: PolicyStore

    init(database: Database, keys: KeyRing) {
        work = WorkStore(database: database)
        ledger = LedgerStore(database: database, keys: keys)
        policy = PolicyStore(database: database)
    }

    /// Goes round until cancelled; a duty that fails is done the next time.
    func run() async {
        var round = 0
        while !Task.isCancelled {
            _ = try? await work.applyLate()
            try? await ledger.summarize()
            if round % 3 == 0 {
                _ = try? await ledger.compactRollups()
                _ = try? await ledger.rotateSlices()
                try? await policy.pruneChanges()
            }
            round += 1
            try? await Task.sleep(for: .seconds(2))
        }
    }
}
