import Domain
import Storage

/// What may take a while and has time: the ledger's slices and indexes, folding rollups, late answers, old
/// changes of policy. Apart from what can't wait, so that it holds nothing up.
struct Housekeeper {
    private let work: WorkStore
    private let ledger: LedgerStore
    private let policy: PolicyStore
    private let days: DayPartStore
    private let deadLetters: DeadLetterStore
    private let streams: StreamStore
    private let campaigns: CampaignStore
    private let webhooks: WebhookQueue
    private let budgets: BudgetStore
    private let volumes: PriceVolumeStore
    private let retentions: RetentionStore
    /// As the environment says; what somebody set goes before it.
    private let retention: Retention
    private let onBudget: @Sendable (BudgetNews) -> Void

    init(
        database: Database, keys: KeyRing, retention: Retention,
        onBudget: @escaping @Sendable (BudgetNews) -> Void = { _ in }
    ) {
        work = WorkStore(database: database)
        ledger = LedgerStore(database: database, keys: keys)
        policy = PolicyStore(database: database)
        days = DayPartStore(database: database)
        deadLetters = DeadLetterStore(database: database)
        streams = StreamStore(database: database)
        campaigns = CampaignStore(database: database)
        webhooks = WebhookQueue(database: database, keys: keys)
        budgets = BudgetStore(database: database)
        volumes = PriceVolumeStore(database: database)
        retentions = RetentionStore(database: database)
        self.retention = retention
        self.onBudget = onBudget
    }

    /// Goes round until cancelled; a duty that fails is done the next time.
    func run() async {
        var round = 0
        var budgetSet: Int64?
        var retention = retention
        while !Task.isCancelled {
            _ = try? await work.applyLate()
            try? await ledger.summarize()
            if round % 30 == 0, let set = try? await retentions.all() { retention = self.retention.setting(set) }
            try? await pruneStreams(notes: retention.noteDays)
            if round % 3 == 0 {
                for news in (try? await budgets.review()) ?? [] { onBudget(news) }
                if let told = try? await budgets.newsOfSetting(after: budgetSet) {
                    for news in told.news { onBudget(news) }
                    budgetSet = told.last
                }
                _ = try? await ledger.compactRollups()
                _ = try? await ledger.rotateSlices()
                try? await volumes.fold()
                try? await policy.pruneChanges()
            }
            if round % 30 == 0 {
                _ = try? await work.endStreams()
                _ = try? await ledger.sealSlices()
            }
            // Days are made well ahead.
            if round % 300 == 0 {
                try? await ledger.followSealedSlices()
                try? await days.makeAhead()
                _ = try? await days.drop(.calls, olderThan: retention.callLogDays)
                _ = try? await days.drop(.callbacks, olderThan: retention.callbackDays)
                _ = try? await days.drop(.references, olderThan: Retention.referenceDays)
                _ = try? await days.drop(.webhooks, olderThan: retention.webhookDays)
                _ = try? await days.drop(.toldWebhooks, olderThan: retention.webhookDays)
                try? await webhooks.prune()
                try? await policy.pruneSoftBounces()
                try? await deadLetters.prune()
                _ = try? await campaigns.dropEmptyDrafts(olderThan: Retention.draftAge)
            }
            round += 1
            try? await Task.sleep(for: .seconds(2))
        }
    }

    /// Bounded, so that a long absence is caught up with over several rounds.
    private func pruneStreams(notes days: Int) async throws {
        for _ in 0..<20 {
            guard try await streams.prune(notesOlderThan: .seconds(Int64(days) * 86_400)) else { return }
        }
    }
}
