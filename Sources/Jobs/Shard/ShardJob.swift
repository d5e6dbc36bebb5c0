import Domain
import Ingest
import Senders
import Storage

/// Sends one shard, window by window, and leaves it done, released, or, if the worker died, in doubt
/// about one window at most.
///
/// What a window led to is stored in the same transaction that opens the next one. Nothing is held in the
/// database while a provider is called.
struct ShardJob {
    enum End: Sendable, Hashable {
        case done
        /// The campaign was paused, or the worker drains: the shard is back in the queue.
        case givenBack
        /// Somebody else has the shard now.
        case fenced
    }

    /// What all jobs of a worker share.
    struct Surroundings: Sendable {
        var queue: any ShardQueue
        var lease: Lease
        var windowLimit = 500
        /// Who has to know that a window waits for its provider.
        var slots: SlotCount
        /// Whether the worker stops taking up windows.
        var isDraining: @Sendable () -> Bool
        /// Whether the shard goes back after so many windows, because others' turn has come.
        var givesWay: @Sendable (_ windows: Int) async -> Bool = { _ in false }
        var now: @Sendable () -> Timestamp
        var metrics = JobMetrics()
        /// Pays for messages that budgets cover.
        var budgets: BudgetDesk?
    }

    /// Workers that may die over a shard before its windows are cut down to one recipient, and before those whose
    /// fate is open then are given up.
    static let carefulAfter = 2
    static let poisonAfter = 5
    /// How often an alternate waits a second for receipts that are in and not yet applied.
    static let patience = 5

    let shard: ClaimedShard
    let context: CampaignContext
    let surroundings: Surroundings
    let expiresAt: Timestamp
    /// Of a shard that was opened as it was accepted: what a step would have answered.
    private var opening: WindowGrant?
    let items: [RetryItem]?
    /// Since when its messages could have been sent, where that is known.
    let readySince: ContinuousClock.Instant?
    /// How far it has come.
    private(set) var closed: Int
    /// Who was called last.
    var provider: Int64?
    var recipients: Recipients
    var record: WindowRecord
    var paths: MessagePaths
    /// What the window that is under way was paid with.
    var bill: BudgetBill

    init(
        _ shard: ClaimedShard, body: ShardBody, context: CampaignContext, parts: OpenParts, surroundings: Surroundings,
        opening: WindowGrant? = nil
    ) {
        self.shard = shard
        self.context = context
        self.surroundings = surroundings
        self.opening = opening
        expiresAt = shard.expiresAt ?? context.expiresAt
        items = shard.items.map { RetryItem.decode($0) }
        readySince = shard.readyAt.map { .now - max(.zero, surroundings.now() - $0) }
        closed = shard.closed
        recipients = Recipients(body: body, skip: shard.skip, main: context.channel)
        record = WindowRecord(context: context, parts: parts)
        paths = MessagePaths(context: context, ids: shard.ids)
        bill = BudgetBill(covers: context.budgets)
    }

    /// Runs to the end. Throws only what the database says; the shard is then found by the rescuer.
    mutating func run() async throws -> End {
        defer { surroundings.budgets?.settled(&bill) }
        var step = WindowStep(
            shard: shard.id, token: shard.token, from: shard.closed, closed: shard.closed, open: shard.closed,
            horizon: context.policy.horizon, slice: record.parts.slice)
        if shard.opened > shard.closed {
            // The last holder died with this window on its way.
            step.retries = resolveDoubt(in: shard.closed..<shard.opened)
            step.closed = shard.opened
        }
        var windows = 0
        while true {
            let plan = try await nextPlan(after: step.closed, windows: windows)
            let grant: WindowGrant
            if let opening, plan.count > 0 {
                // Open since it was accepted.
                grant = opening
            } else {
                step.open = step.closed + plan.count
                step.horizon = context.policy.horizon
                record.fill(&step)
                do {
                    grant = try await surroundings.queue.step(step)
                } catch StorageError.fenced {
                    try await surroundings.queue.keepLate(step)
                    return .fenced
                }
                FaultPoint.afterCommit.pass()
                surroundings.budgets?.settled(&bill)
                surroundings.metrics.ended(step.deltas)
                record.clear()
                closed = step.closed
                if step.closed == shard.count { return .done }
            }
            opening = nil

            let next = step.closed..<min(grant.opened, step.closed + plan.count)
            step = WindowStep(
                shard: shard.id, token: shard.token, from: step.closed, closed: step.closed, open: step.closed,
                horizon: grant.horizon, slice: record.parts.slice)
            if grant.campaignState == .cancelling {
                let rest = step.closed..<min(step.closed + surroundings.windowLimit, shard.count)
                end(rest, as: .cancelled, reason: "campaign_cancelled")
                step.closed = rest.upperBound
                continue
            }
            guard !next.isEmpty else {
                // Paused: the step itself gave the shard back.
                if grant.campaignState != .paused {
                    if plan.wait > .zero, !plan.isAboutThese {
                        try await surroundings.queue.rest(campaign: shard.campaign, for: plan.wait)
                    }
                    try await surroundings.queue.release(
                        shard: shard.id, token: shard.token, after: plan.isAboutThese ? plan.wait : .zero)
                }
                return .givenBack
            }
            do {
                try await context.policy.refresh(with: grant)
                step.retries = try await send(next, plan)
            } catch {
                // Nothing has left yet: the window is taken back, or its recipients would be in doubt.
                record.clear()
                _ = try? await surroundings.queue.step(step)
                throw error
            }
            FaultPoint.afterReply.pass()
            step.closed = next.upperBound
            windows += 1
        }
    }

    private mutating func nextPlan(after closed: Int, windows: Int) async throws -> WindowPlan {
        if await isToGiveWay(after: windows) { return .nothing }
        if closed < shard.count, surroundings.now() < expiresAt, let rest = try await restForBudget() {
            return .waiting(rest)
        }
        return plan(after: closed)
    }

    /// Others have their turn between two windows, but for the first: each claim brings the shard further.
    private func isToGiveWay(after windows: Int) async -> Bool {
        guard windows > 0 else { return false }
        return await surroundings.givesWay(windows)
    }

    /// Who may be sent to next, and how long to wait if nobody.
    private mutating func plan(after closed: Int) -> WindowPlan {
        guard closed < shard.count, !surroundings.isDraining(), surroundings.lease.isValid else { return .nothing }
        // Nobody fails because nobody can send right now.
        if !context.hasProviders { return .waiting(.seconds(1)) }
        // Workers died over it: one at a time, so that the next death is about one recipient.
        let limit = shard.crashes >= Self.carefulAfter ? 1 : surroundings.windowLimit
        let left = min(limit, shard.count - closed)
        let remaining = expiresAt - surroundings.now()
        paths.look()
        let places = (closed..<closed + left).map { place(of: item(at: $0)) }
        // Those whose time is over need no provider.
        guard remaining > .zero else { return WindowPlan.all(places) }
        let plan = WindowPlan.ask(places, along: paths, lane: context.lane) {
            recipients.region($0.index, on: $0.channel)
        }
        return plan.within(remaining)
    }

    mutating func place(of item: RetryItem) -> WindowPlan.Place {
        paths.place(of: item, on: paths.number(of: item.index, in: recipients))
    }

    func item(at position: Int) -> RetryItem { items?[position] ?? RetryItem(index: position) }
}
