import Domain
private import Synchronization

/// A batch on its way through an SMTP loop: what is still to start and the outcomes so far. Whoever waits for it is
/// resumed once, when the last outcome is in.
///
/// Sendable because it is handed over whole: the caller gives it away on submit, and from then on only the loop's
/// thread touches it.
final class SMTPJob: @unchecked Sendable {
    let endpoint: SMTPEndpoint
    let source: MailSource
    let witness: any CallWitness
    private var next = 0
    private var underWay = 0
    private var outcomes: [Outcome]
    private var continuation: CheckedContinuation<[Outcome], Never>?

    init(
        endpoint: SMTPEndpoint, source: MailSource, witness: any CallWitness,
        continuation: CheckedContinuation<[Outcome], Never>
    ) {
        self.endpoint = endpoint
        self.source = source
        self.witness = witness
        self.continuation = continuation
        outcomes = Array(repeating: .notSent(reason: ProviderReason.leaseOver), count: source.batch.messages.count)
    }

    /// Messages that nobody has taken up.
    var waiting: Int { outcomes.count - next }
    var isFinished: Bool { next == outcomes.count && underWay == 0 }

    /// Takes the next message up whose recipient can be one. Nil where none is left, or the witness gives no leave.
    func start() -> SMTPLoad? {
        while next < outcomes.count {
            let leave = witness.leave()
            guard leave == .granted else {
                abandon(.notSent(reason: leave.reason))
                return nil
            }
            let place = next
            next += 1
            guard isUsable(place) else {
                outcomes[place] = .permanent(reason: "\(ProviderReason.invalidRecipient) (smtp address)")
                continue
            }
            underWay += 1
            witness.began()
            return SMTPLoad(job: self, place: place)
        }
        return nil
    }

    private func isUsable(_ place: Int) -> Bool {
        let bytes = source.batch.bytes
        return MailAddress.isUsable(bytes.span.extracting(source.batch.messages[place].to.range))
    }

    func finish(_ load: SMTPLoad, _ outcome: Outcome, reply: SMTPReply?) {
        outcomes[load.place] = outcome
        underWay -= 1
        var excerpt: [UInt8] = []
        if let reply, outcome.kind != .sent { excerpt = ReplyExcerpt.of(reply.text.span) }
        witness.ended(
            ProviderCall(
                places: load.place..<load.place + 1, startedAt: load.startedAt, duration: load.age,
                status: Int32(reply?.code ?? 0), kind: outcome.kind, reply: excerpt))
    }

    /// Nothing further is started; what waits ends so.
    func abandon(_ outcome: Outcome) {
        while next < outcomes.count {
            outcomes[next] = outcome
            next += 1
        }
    }

    /// Hands the outcomes over. Called once, when the job is finished.
    func resume() {
        continuation?.resume(returning: outcomes)
        continuation = nil
    }
}
