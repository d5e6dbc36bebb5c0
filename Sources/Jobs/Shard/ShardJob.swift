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
        /// Whether the worker stops taking up windows.
        var isDraining: @Sendable () -> Bool
        var now: @Sendable () -> Timestamp
    }

    private let shard: ClaimedShard
    private let context: CampaignContext
    private let surroundings: Surroundings
    private let items: [RetryItem]?
    private var recipients: Recipients
    private var record: WindowRecord

    init(
        _ shard: ClaimedShard, body: ShardBody, context: CampaignContext, slice: LedgerSlice, surroundings: Surroundings
    ) {
        self.shard = shard
        self.context = context
        self.surroundings = surroundings
        items = shard.items.map { RetryItem.decode($0) }
        recipients = Recipients(body: body, skip: shard.skip)
        record = WindowRecord(context: context, slice: slice)
    }

    /// Runs to the end. Throws only what the database says; the shard is then found by the rescuer.
    mutating func run() async throws -> End {
        var step = WindowStep(
            shard: shard.id, token: shard.token, from: shard.closed, closed: shard.closed, open: shard.closed,
            horizon: context.policy.horizon, slice: record.slice)
        if shard.opened > shard.closed {
            // The last holder died with this window on its way.
            step.retries = resolveDoubt(in: shard.closed..<shard.opened)
            step.closed = shard.opened
        }
        while true {
            let reach = reach(after: step.closed)
            step.open = step.closed + reach.count
            step.horizon = context.policy.horizon
            step.rows = record.rows
            step.deltas = record.summary
            let grant: WindowGrant
            do {
                grant = try await surroundings.queue.step(step)
            } catch StorageError.fenced {
                try await surroundings.queue.keepLate(step)
                return .fenced
            }
            FaultPoint.afterCommit.pass()
            record.clear()
            if step.closed == shard.count { return .done }

            let next = step.closed..<grant.opened
            step = WindowStep(
                shard: shard.id, token: shard.token, from: step.closed, closed: step.closed, open: step.closed,
                horizon: grant.horizon, slice: record.slice)
            if grant.campaignState == .cancelling {
                let rest = step.closed..<min(step.closed + surroundings.windowLimit, shard.count)
                end(rest, as: .cancelled, reason: "campaign_cancelled")
                step.closed = rest.upperBound
                continue
            }
            guard !next.isEmpty else {
                // Paused: the step itself gave the shard back.
                if grant.campaignState != .paused {
                    if reach.wait > .zero, !reach.isAboutThese {
                        try await surroundings.queue.rest(campaign: shard.campaign, for: reach.wait)
                    }
                    try await surroundings.queue.release(
                        shard: shard.id, token: shard.token, after: reach.isAboutThese ? reach.wait : .zero)
                }
                return .givenBack
            }
            let started = ContinuousClock.now
            do {
                try await context.policy.refresh(with: grant)
                step.retries = try await send(next, reach)
            } catch {
                // Nothing has left yet: the window is taken back, or its recipients would be in doubt.
                record.clear()
                _ = try? await surroundings.queue.step(step)
                throw error
            }
            FaultPoint.afterReply.pass()
            if reach.stead < context.providers.count {
                context.providers[reach.stead].window.took(started.duration(to: .now), for: next.count)
            }
            step.closed = next.upperBound
        }
    }

    /// How many recipients may be sent to next, and how long to wait if none.
    private func reach(after closed: Int) -> WindowReach {
        guard closed < shard.count, !surroundings.isDraining(), surroundings.lease.isValid else {
            return WindowReach(count: 0)
        }
        // Nobody fails because nobody can send right now.
        if context.providers.isEmpty { return WindowReach(count: 0, wait: .seconds(1)) }
        let left = min(surroundings.windowLimit, shard.count - closed)
        let remaining = context.expiresAt - surroundings.now()
        let first = item(at: closed).position
        // Those whose time is over need no provider.
        guard remaining > .zero, first.step < context.providers.count else {
            return WindowReach(count: left, turn: first.step, stead: first.step)
        }
        var reach = WindowReach.ask(
            context.providers, from: first.step, wanted: left, retries: first.tries > 1, lane: context.lane
        ) { count in
            (closed..<closed + count).map { recipients.body.region(item(at: $0).index) }
        }
        reach.wait = min(reach.wait, remaining)
        return reach
    }

    // MARK: One window

    /// Sends a window's recipients and records what came of it; returns those who must wait.
    private mutating func send(_ positions: Range<Int>, _ reach: WindowReach) async throws -> [RetryShard] {
        if surroundings.now() >= context.expiresAt {
            end(positions, as: .expired, reason: "expired")
            return []
        }
        // Without a route no window is opened; if one were, nobody may vanish from the books.
        guard let route = context.route else {
            end(positions, as: .failed, reason: "no_route")
            return []
        }
        var waiting = WaitingMessages()
        var messages = try await prepare(positions)
        for place in messages.indices where messages[place].step == reach.turn { messages[place].go(to: reach.stead) }
        while let step = messages.map(\.step).min() {
            let turn = messages.filter { $0.step == step }
            messages.removeAll { $0.step == step }
            messages += await send(turn, along: route, waiting: &waiting)
        }
        return waiting.shards(now: surroundings.now())
    }

    /// Checks and renders; whoever is refused or can't be rendered is recorded and left out.
    private mutating func prepare(_ positions: Range<Int>) async throws -> [PreparedMessage] {
        let chosen = positions.map { item(at: $0) }.filter { !recipients.isSkipped($0.index) }
        let refusals = try await context.policy.refusals(
            of: chosen.map { recipients.question($0.index) }, addresses: recipients.body.bytes,
            channel: context.channel, category: context.category)
        recipients.clearRendered()
        var prepared: [PreparedMessage] = []
        prepared.reserveCapacity(chosen.count)
        for (item, refusal) in zip(chosen, refusals) {
            if let refusal {
                note(item, state: item.position.isDoubted ? .unknown : .rejected, reason: refusal)
                continue
            }
            do {
                let parts = try recipients.render(item.index, with: context.content)
                prepared.append(PreparedMessage(item: item, parts: parts))
            } catch {
                note(item, state: item.position.isDoubted ? .unknown : .failed, reason: error.reason)
            }
        }
        return prepared
    }

    /// One call to one provider; returns the messages that go on to the next one at once.
    private mutating func send(
        _ messages: [PreparedMessage], along route: Route, waiting: inout WaitingMessages
    ) async -> [PreparedMessage] {
        guard let first = messages.first else { return [] }
        let provider = context.providers[min(first.step, context.providers.count - 1)]
        let batch = recipients.batch(of: messages, context: context, ids: shard.ids)
        let outcomes = await provider.provider.send(
            batch, witness: WindowWitness(lease: surroundings.lease, gate: provider.gate))
        report(outcomes, to: provider.gate)
        let at = surroundings.now()
        let remaining = context.expiresAt - at
        var random = SystemRandomNumberGenerator()
        var goOn: [PreparedMessage] = []
        for (place, message) in messages.enumerated() {
            // A provider that forgot one may have sent it.
            let outcome =
                place < outcomes.count ? outcomes[place] : .inDoubt(reason: "the provider said nothing about it")
            if outcome == .notSent(reason: ProviderReason.leaseOver) {
                // Our own doing, not the provider's: the message stands where it stood.
                waiting.add(message.home, after: .zero)
                continue
            }
            if outcome == .notSent(reason: ProviderReason.providerOut) {
                // Found sick while the message was on its way, which nobody tried to send yet: the next one now, or
                // all of them again once this one is probed.
                var next = message
                if next.step + 1 < context.providers.count {
                    next.go(to: next.step + 1)
                    goOn.append(next)
                } else {
                    waiting.add(message.home, after: provider.gate.untilNextProbe())
                }
                continue
            }
            let decision = route.decide(
                outcome, at: message.item.position, mode: context.category.deliveryMode, remaining: remaining,
                using: &random)
            var row = recipients.row(message.item, shard: shard, context: context, at: at)
            row.provider = provider.id
            row.segments = message.parts.segments
            switch decision {
            case .sent(let reference, let cost):
                row.reference = reference
                setCost(of: &row, cost, message, provider)
            case .failed(let reason):
                row.state = .failed
                row.reason = reason
            case .unknown(let reason):
                row.state = .unknown
                row.reason = reason
            case .expired:
                row.state = .expired
                row.reason = "expired"
            case .retrySame(let position, let wait):
                waiting.add(RetryItem(index: message.item.index, position: position), after: wait)
            case .nextProvider(let position) where position.isDoubted:
                // The doubt is stored before anybody else is asked: a crash in between would leave a message
                // that was sent twice with one doubt on record.
                waiting.add(RetryItem(index: message.item.index, position: position), after: .zero)
            case .nextProvider(let position):
                var next = message
                next.decide(position)
                goOn.append(next)
            }
            if !decision.isFinal {
                // Only a doubt is worth a row of its own: everything else is known not to have been sent.
                guard case .inDoubt(let reason) = outcome else { continue }
                row.state = .unknown
                row.reason = reason
                row.final = false
            }
            recipients.withAddress(message.item.index) { record.add(row, address: $0) }
        }
        return goOn
    }

    private func report(_ outcomes: [Outcome], to gate: ProviderGate) {
        var throttled = 0
        var wait = Duration.zero
        for case .throttled(let after) in outcomes {
            throttled += 1
            wait = throttled == 1 ? after : min(wait, after)
        }
        let kept = outcomes.count { $0.isOwnDoing }
        gate.report(taken: outcomes.count - throttled - kept, throttled: throttled, after: wait)
    }

    private func setCost(of row: inout LedgerRow, _ cost: Money?, _ message: PreparedMessage, _ provider: ProviderStep)
    {
        if let cost {
            row.cost = cost.micros
            row.currency = cost.currency.code
        } else if let rate = recipients.withAddress(message.item.index, provider.prices.rate(for:)) {
            row.cost = rate.micros * Int64(row.segments)
            row.currency = rate.currency.code
        }
    }

    // MARK: Without sending

    /// What a dead worker had on its way: each recipient may or may not have been sent to.
    private mutating func resolveDoubt(in positions: Range<Int>) -> [RetryShard] {
        var waiting = WaitingMessages()
        let mayRepeat = context.category.deliveryMode == .atLeastOnce
        for position in positions {
            var item = item(at: position)
            guard !recipients.isSkipped(item.index) else { continue }
            note(item, state: .unknown, reason: "worker_lost", final: !mayRepeat)
            if mayRepeat {
                item.position.attempt += 1
                item.position.isDoubted = true
                waiting.add(item, after: .zero)
            }
        }
        return waiting.shards(now: surroundings.now())
    }

    /// Ends recipients that were not sent to; one whose earlier try is in doubt stays in doubt.
    private mutating func end(_ positions: Range<Int>, as state: MessageState, reason: String) {
        for position in positions {
            let item = item(at: position)
            guard !recipients.isSkipped(item.index) else { continue }
            note(item, state: item.position.isDoubted ? .unknown : state, reason: reason)
        }
    }

    /// Records something that happened to a message outside of a provider's answer.
    private mutating func note(_ item: RetryItem, state: MessageState, reason: String, final: Bool = true) {
        var row = recipients.row(item, shard: shard, context: context, at: surroundings.now())
        row.state = state
        row.reason = reason
        row.final = final
        if state == .unknown, item.position.step < context.providers.count {
            row.provider = context.providers[item.position.step].id
        }
        recipients.withAddress(item.index) { record.add(row, address: $0) }
    }

    private func item(at position: Int) -> RetryItem { items?[position] ?? RetryItem(index: position) }
}
