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
    }

    /// Workers that may die over a shard before its windows are cut down to one recipient, and before those whose
    /// fate is open then are given up.
    static let carefulAfter = 2
    static let poisonAfter = 5

    private let shard: ClaimedShard
    private let context: CampaignContext
    private let surroundings: Surroundings
    private let items: [RetryItem]?
    /// How far it has come.
    private(set) var closed: Int
    /// Who was called last.
    private(set) var provider: Int64?
    private var recipients: Recipients
    private var record: WindowRecord
    private var paths: MessagePaths

    init(
        _ shard: ClaimedShard, body: ShardBody, context: CampaignContext, parts: OpenParts, surroundings: Surroundings
    ) {
        self.shard = shard
        self.context = context
        self.surroundings = surroundings
        items = shard.items.map { RetryItem.decode($0) }
        closed = shard.closed
        recipients = Recipients(body: body, skip: shard.skip)
        record = WindowRecord(context: context, parts: parts)
        paths = MessagePaths(context: context, ids: shard.ids)
    }

    /// Runs to the end. Throws only what the database says; the shard is then found by the rescuer.
    mutating func run() async throws -> End {
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
            let plan = await isToGiveWay(after: windows) ? WindowPlan.nothing : plan(after: step.closed)
            step.open = step.closed + plan.count
            step.horizon = context.policy.horizon
            record.fill(&step)
            let grant: WindowGrant
            do {
                grant = try await surroundings.queue.step(step)
            } catch StorageError.fenced {
                try await surroundings.queue.keepLate(step)
                return .fenced
            }
            FaultPoint.afterCommit.pass()
            record.clear()
            closed = step.closed
            if step.closed == shard.count { return .done }

            let next = step.closed..<grant.opened
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
        let remaining = context.expiresAt - surroundings.now()
        paths.look()
        let places = (closed..<closed + left).map { place(at: $0) }
        // Those whose time is over need no provider.
        guard remaining > .zero else { return WindowPlan.all(places) }
        let plan = WindowPlan.ask(places, along: paths, lane: context.lane) { recipients.body.region($0.index) }
        return plan.within(remaining)
    }

    private mutating func place(at position: Int) -> WindowPlan.Place {
        var item = item(at: position)
        let region = recipients.body.region(item.index)
        let bytes = recipients.body.bytes
        let path = paths.number(
            of: item.index, address: bytes.span.extracting(recipients.body.address(item.index).range), region: region)
        item.position = paths[path].resumed(item)
        return WindowPlan.Place(item: item, path: path)
    }

    // MARK: One window

    /// Sends a window's recipients and records what came of it; returns those who must wait.
    private mutating func send(_ positions: Range<Int>, _ plan: WindowPlan) async throws -> [RetryShard] {
        if surroundings.now() >= context.expiresAt {
            end(positions, as: .expired, reason: "expired")
            return []
        }
        var waiting = WaitingMessages()
        var messages = try await prepare(Array(plan.places.prefix(positions.count)), plan, &waiting)
        while !messages.isEmpty {
            let deliveries = deliveries(of: messages)
            messages = []
            for (delivery, outcomes) in await hand(over: deliveries) {
                messages += settle(delivery, outcomes, waiting: &waiting)
            }
        }
        return waiting.shards(now: surroundings.now())
    }

    /// Checks and renders; whoever is refused or can't be rendered is recorded and left out, and so is who must wait.
    private mutating func prepare(
        _ places: [WindowPlan.Place], _ plan: WindowPlan, _ waiting: inout WaitingMessages
    ) async throws -> [PreparedMessage] {
        let chosen = places.filter { !recipients.isSkipped($0.item.index) }
        let rest = items == nil ? (places.last?.item.index ?? shard.count - 1) + 1..<shard.count : 0..<0
        let refusals = try await context.policy.refusals(
            of: chosen.map { recipients.question($0.item.index) }, ahead: { rest.map { recipients.question($0) } },
            addresses: recipients.body.bytes, channel: context.channel, category: context.category)
        recipients.clearRendered()
        var plan = plan
        var prepared: [PreparedMessage] = []
        prepared.reserveCapacity(chosen.count)
        for (place, refusal) in zip(chosen, refusals) {
            let item = place.item
            if let refusal {
                note(item, state: item.position.isDoubted ? .unknown : .rejected, reason: refusal)
                continue
            }
            switch plan.admit(place) {
            case .wait(let time): waiting.add(waiter(item, on: place.path), after: time)
            case .go(let step):
                do {
                    let parts = try recipients.render(item.index, with: context.content)
                    var message = PreparedMessage(item: item, path: place.path, parts: parts)
                    message.go(to: step)
                    prepared.append(message)
                } catch {
                    note(
                        item, state: item.position.isDoubted ? .unknown : .failed, reason: error.reason,
                        deadLetter: .poison)
                }
            }
        }
        return prepared
    }

    /// What goes to one provider in one call: the messages, and the same as a batch.
    private struct Delivery: Sendable {
        let messages: [PreparedMessage]
        let batch: MessageBatch
        let step: MessagePath.Step
    }

    private mutating func deliveries(of messages: [PreparedMessage]) -> [Delivery] {
        var groups: [(step: MessagePath.Step, messages: [PreparedMessage])] = []
        var last: (path: Int, step: Int, group: Int)?
        for message in messages {
            if let last, last.path == message.path, last.step == message.step {
                groups[last.group].messages.append(message)
                continue
            }
            guard let step = step(of: message) else {
                // Without a provider no window is opened; if one were, nobody may vanish from the books.
                note(message.item, state: message.item.position.isDoubted ? .unknown : .failed, reason: "no_route")
                continue
            }
            // A handful at most, and mostly one: looking beats hashing.
            let known = groups.firstIndex {
                $0.step.provider.id == step.provider.id && $0.step.channel == step.channel
                    && $0.step.sender == step.sender
            }
            if known == nil { groups.append((step, [])) }
            let group = known ?? groups.count - 1
            groups[group].messages.append(message)
            last = (message.path, message.step, group)
        }
        return groups.map { step, messages in
            Delivery(
                messages: messages,
                batch: recipients.batch(of: messages, step: step, category: context.category, ids: shard.ids),
                step: step)
        }
    }

    /// Beyond the end of a way its last provider is asked.
    private func step(of message: PreparedMessage) -> MessagePath.Step? {
        let path = paths[message.path]
        return path.step(min(message.step, path.steps.count - 1))
    }

    /// One call to each provider, side by side: a slow one holds up none but its own messages.
    private mutating func hand(over deliveries: [Delivery]) async -> [(Delivery, [Outcome])] {
        let logs = deliveries.map { record.callLog(of: $0.batch.messages, provider: $0.step.provider.id) }
        let witnesses = zip(deliveries, logs).map {
            WindowWitness(lease: surroundings.lease, gate: $0.step.provider.gate, log: $1)
        }
        provider = deliveries.last?.step.provider.id
        let outcomes = await Self.call(deliveries, witnesses, surroundings.slots)
        for log in logs { log.map { record.add($0) } }
        return Array(zip(deliveries, outcomes))
    }

    private static func call(
        _ deliveries: [Delivery], _ witnesses: [WindowWitness], _ slots: SlotCount
    ) async -> [[Outcome]] {
        if deliveries.count == 1 { return [await call(deliveries[0], witnesses[0], slots)] }
        return await withTaskGroup { group in
            for place in deliveries.indices {
                group.addTask { (place, await call(deliveries[place], witnesses[place], slots)) }
            }
            var found: [(Int, [Outcome])] = []
            for await outcome in group { found.append(outcome) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func call(_ delivery: Delivery, _ witness: WindowWitness, _ slots: SlotCount) async -> [Outcome] {
        let started = ContinuousClock.now
        let provider = delivery.step.provider
        let outcomes = await slots.wait(for: provider.gate) {
            await provider.provider.send(delivery.batch, witness: witness)
        }
        provider.window.took(started.duration(to: .now), for: delivery.messages.count)
        return outcomes
    }

    /// Records what came of a call; returns the messages that go on to another provider at once.
    private mutating func settle(
        _ delivery: Delivery, _ outcomes: [Outcome], waiting: inout WaitingMessages
    ) -> [PreparedMessage] {
        let provider = delivery.step.provider
        report(outcomes, to: provider.gate)
        let at = surroundings.now()
        let remaining = context.expiresAt - at
        var random = SystemRandomNumberGenerator()
        var goOn: [PreparedMessage] = []
        for (place, message) in delivery.messages.enumerated() {
            let path = paths[message.path]
            guard let route = path.route else { continue }
            // A provider that forgot one may have sent it.
            let outcome =
                place < outcomes.count ? outcomes[place] : .inDoubt(reason: "the provider said nothing about it")
            if outcome == .notSent(reason: ProviderReason.leaseOver) {
                // Our own doing, not the provider's: the message stands where it stood.
                waiting.add(waiter(message.home, on: message.path), after: .zero)
                continue
            }
            if outcome == .notSent(reason: ProviderReason.providerOut) {
                // Found sick while the message was on its way, which nobody tried to send yet: the next one now, or
                // all of them again once this one is probed.
                var next = message
                if next.step + 1 < path.steps.count {
                    next.go(to: next.step + 1)
                    goOn.append(next)
                } else {
                    waiting.add(waiter(message.home, on: message.path), after: provider.gate.untilNextProbe())
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
                if let channel = path.nextChannel(after: message.step) {
                    // The rule has another channel for whoever can't be reached on this one.
                    var next = message
                    next.goOn(to: channel)
                    goOn.append(next)
                    continue
                }
                row.state = .failed
                row.reason = reason
            case .unknown(let reason):
                row.state = .unknown
                row.reason = reason
            case .expired:
                row.state = .expired
                row.reason = "expired"
            case .retrySame(let position, let wait):
                waiting.add(waiter(message.item, at: position, on: message.path), after: wait)
            case .nextProvider(let position) where position.isDoubted:
                // The doubt is stored before anybody else is asked: a crash in between would leave a message
                // that was sent twice with one doubt on record.
                waiting.add(waiter(message.item, at: position, on: message.path), after: .zero)
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
            if outcome.kind == .permanent, ProviderReason.word(of: outcome.reason) == ProviderReason.unregistered {
                record.noteDeadAddress(of: row)
            }
            // A provider's plain refusal is an answer; tries that are used up are not.
            let isUnheard = row.state == .failed && outcome.kind != .permanent
            recipients.withAddress(message.item.index) {
                record.add(row, address: $0, deadLetter: isUnheard ? .exhausted : nil)
            }
        }
        return goOn
    }

    /// A message that waits, with the provider that it waits for.
    private func waiter(_ item: RetryItem, at position: RoutePosition? = nil, on path: Int) -> RetryItem {
        var item = item
        if let position { item.position = position }
        item.provider = paths[path].step(item.position.step)?.provider.id ?? 0
        return item
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
        let isPoison = shard.crashes >= Self.poisonAfter
        let mayRepeat = context.category.deliveryMode == .atLeastOnce && !isPoison
        for position in positions {
            var item = item(at: position)
            guard !recipients.isSkipped(item.index) else { continue }
            note(
                item, state: .unknown, reason: "worker_lost", final: !mayRepeat, deadLetter: isPoison ? .poison : nil)
            if mayRepeat {
                item.position.attempt += 1
                item.position.isDoubted = true
                waiting.add(item, after: .zero)
            }
        }
        return waiting.shards(now: surroundings.now(), crashes: shard.crashes)
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
    private mutating func note(
        _ item: RetryItem, state: MessageState, reason: String, final: Bool = true, deadLetter: DeadLetterKind? = nil
    ) {
        var row = recipients.row(item, shard: shard, context: context, at: surroundings.now())
        row.state = state
        row.reason = reason
        row.final = final
        if state == .unknown { row.provider = doubtful(item) }
        recipients.withAddress(item.index) { record.add(row, address: $0, deadLetter: deadLetter) }
    }

    /// The provider that may have taken a message.
    private mutating func doubtful(_ item: RetryItem) -> Int64 {
        if item.provider != 0 { return item.provider }
        let bytes = recipients.body.bytes
        let number = paths.number(
            of: item.index, address: bytes.span.extracting(recipients.body.address(item.index).range),
            region: recipients.body.region(item.index))
        return paths[number].step(item.position.step)?.provider.id ?? 0
    }

    private func item(at position: Int) -> RetryItem { items?[position] ?? RetryItem(index: position) }
}
