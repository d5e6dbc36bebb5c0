import Domain

/// A batch on its way through the SMPP thread: what is still to start, what is under way, the outcomes so far. Whoever
/// waits for it is resumed once, when the last outcome is in.
///
/// Sendable because it is handed over whole: the caller gives it away, and from then on only the thread touches it.
final class SMPPJob: @unchecked Sendable {
    let endpoint: SMPPEndpoint
    let batch: MessageBatch
    let witness: any CallWitness
    let submit: SMPPSubmit
    /// Of the batch. Nil where it is no usable one.
    private let source: SMPPAddress?
    /// When the thread took it up, by its clock.
    var takenAt: Int64 = 0
    /// The call that is under way while there is no session yet: of the message that will be first.
    private var early: SMPPMoment?
    private var next = 0
    private var underWay = 0
    private var outcomes: [Outcome]
    private var continuation: CheckedContinuation<[Outcome], Never>?

    init(
        endpoint: SMPPEndpoint, batch: MessageBatch, witness: any CallWitness,
        continuation: CheckedContinuation<[Outcome], Never>
    ) {
        self.endpoint = endpoint
        self.batch = batch
        self.witness = witness
        self.continuation = continuation
        submit = SMPPSubmit(endpoint.config, category: batch.category, lifetime: batch.lifetime())
        source = Self.source(batch.from, endpoint.config)
        outcomes = Array(repeating: .notSent(reason: ProviderReason.senderStopped), count: batch.messages.count)
    }

    var canStart: Bool { next < outcomes.count }

    func source(of message: MessageBatch.Message) -> SMPPAddress? {
        message.from.isEmpty ? source : Self.source(batch.sender(of: message), endpoint.config)
    }

    private static func source(_ text: String, _ config: SMPPConfig) -> SMPPAddress? {
        let text = text.isEmpty ? config.source : text
        return text.isEmpty ? SMPPAddress.none : SMPPAddress(source: text, numbering: config.sourceNumbering)
    }

    /// It has to wait for a session: somebody should know how long.
    func waits(since moment: SMPPMoment) {
        guard early == nil, canStart else { return }
        early = moment
        witness.began()
    }

    /// The place of the message that is next.
    func start() -> Int {
        defer { next += 1 }
        underWay += 1
        return next
    }

    /// A call begins, or the one that began while there was no session goes on.
    func begin() -> SMPPMoment {
        defer { early = nil }
        if let early { return early }
        witness.began()
        return .now
    }

    func finish(_ index: Int, _ outcome: Outcome) {
        outcomes[index] = outcome
        underWay -= 1
        resumeIfFinished()
    }

    /// Nothing further is started.
    func abandon(_ outcome: Outcome) {
        let rest = next..<outcomes.count
        for place in rest { outcomes[place] = outcome }
        next = outcomes.count
        if let early, !rest.isEmpty {
            self.early = nil
            witness.ended(early.call(rest, kind: outcome.kind))
        }
        resumeIfFinished()
    }

    /// The message that was just started is not, and none after it.
    func abandon(from index: Int, _ outcome: Outcome) {
        underWay -= 1
        next = index
        abandon(outcome)
    }

    private func resumeIfFinished() {
        guard next == outcomes.count, underWay == 0 else { return }
        if let early {
            // Every message fell through without a call: the one that was to wait for a session ends here.
            self.early = nil
            witness.ended(early.call(0..<outcomes.count, kind: outcomes.map(\.kind).max() ?? .notSent))
        }
        continuation?.resume(returning: outcomes)
        continuation = nil
    }
}
