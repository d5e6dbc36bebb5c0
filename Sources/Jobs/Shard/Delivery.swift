import Domain
import Senders

/// What goes to one provider in one call: the messages, and the same as a batch.
struct Delivery: Sendable {
    let messages: [PreparedMessage]
    let batch: MessageBatch
    let step: MessagePath.Step

    var provider: ProviderStep { step.provider }

    /// One call to each provider, side by side: a slow one holds up none but its own messages. Returns the outcomes of
    /// each delivery, in their order.
    static func hand(
        over deliveries: [Delivery], witnesses: [WindowWitness], slots: SlotCount
    ) async -> [[Outcome]] {
        if deliveries.count == 1 { return [await deliveries[0].call(witnesses[0], slots)] }
        return await withTaskGroup { group in
            for place in deliveries.indices {
                group.addTask { (place, await deliveries[place].call(witnesses[place], slots)) }
            }
            var found: [(Int, [Outcome])] = []
            for await outcome in group { found.append(outcome) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func call(_ witness: WindowWitness, _ slots: SlotCount) async -> [Outcome] {
        let started = ContinuousClock.now
        let outcomes = await slots.wait(for: provider.gate) {
            await provider.provider.send(batch, witness: witness)
        }
        provider.window.took(started.duration(to: .now), for: messages.count)
        provider.meter?.answered(outcomes)
        report(outcomes)
        return outcomes
    }

    /// False where the provider calls so many addresses dead that none may be struck off. Asked once.
    func believesDeadAddresses(of outcomes: [Outcome]) -> Bool {
        provider.gate.believes(
            dead: outcomes.count { $0.saysAddressIsDead },
            of: outcomes.count { $0.kind == .sent || $0.kind == .permanent })
    }

    /// Tells the provider's gate what of its limits was used.
    private func report(_ outcomes: [Outcome]) {
        var throttled = 0
        var wait = Duration.zero
        for case .throttled(let after) in outcomes {
            throttled += 1
            wait = throttled == 1 ? after : min(wait, after)
        }
        let kept = outcomes.count { $0.isOwnDoing }
        provider.gate.report(taken: outcomes.count - throttled - kept, throttled: throttled, after: wait)
    }

    /// What became of one of its messages. A provider that forgot one may have sent it.
    static func outcome(_ outcomes: [Outcome], at place: Int) -> Outcome {
        place < outcomes.count ? outcomes[place] : .inDoubt(reason: "the provider said nothing about it")
    }
}

/// A window's messages by where they go: provider and channel. Senders may differ within a group, but for email, whose
/// requests carry many messages and one sender.
struct DeliveryGroups {
    struct Group {
        let step: MessagePath.Step
        fileprivate(set) var messages: [PreparedMessage] = []
        /// Each message's sender, where they are not all the step's.
        fileprivate(set) var senders: [String] = []

        fileprivate mutating func add(_ message: PreparedMessage, from sender: String) {
            if senders.isEmpty, sender != step.sender {
                senders = Array(repeating: step.sender, count: messages.count)
            }
            if !senders.isEmpty || sender != step.sender { senders.append(sender) }
            messages.append(message)
        }
    }

    private(set) var groups: [Group] = []
    /// Where the message before this one went: neighbours mostly go together.
    private var last: (path: Int, step: Int, group: Int, sender: String)?

    /// Whether it goes the way of the one before.
    mutating func join(_ message: PreparedMessage) -> Bool {
        guard let last, last.path == message.path, last.step == message.step else { return false }
        groups[last.group].add(message, from: last.sender)
        return true
    }

    mutating func add(_ message: PreparedMessage, to step: MessagePath.Step) {
        // A handful at most, and mostly one: looking beats hashing.
        let known = groups.firstIndex {
            $0.step.provider.id == step.provider.id && $0.step.channel == step.channel
                && (step.channel != .email || $0.step.sender == step.sender)
        }
        if known == nil { groups.append(Group(step: step)) }
        let group = known ?? groups.count - 1
        groups[group].add(message, from: step.sender)
        last = (message.path, message.step, group, step.sender)
    }
}
