private import Synchronization

/// A batch on its way through a curl loop: what is still to start, what is under way, the outcomes so
/// far. Whoever waits for it is resumed once, when the last outcome is in.
///
/// Sendable because it is handed over whole: the caller gives it away on submit, and from then on only
/// the loop's thread touches it.
final class HTTPJob: @unchecked Sendable {
    let endpoint: HTTPEndpoint
    let source: RequestSource
    let witness: any CallWitness
    /// The endpoint's places in the loop. Set by the loop when it takes the batch up.
    var lane: CurlLane?
    private(set) var next = 0
    private(set) var underWay = 0
    private var outcomes: [Outcome]
    /// The places, in order, of messages that are refused without a request.
    private var refused: ArraySlice<Int> = []
    private var continuation: CheckedContinuation<[Outcome], Never>?

    init(
        endpoint: HTTPEndpoint, source: RequestSource, witness: any CallWitness,
        continuation: CheckedContinuation<[Outcome], Never>
    ) {
        self.endpoint = endpoint
        self.source = source
        self.witness = witness
        self.continuation = continuation
        outcomes = Array(repeating: .notSent(reason: ProviderReason.leaseOver), count: source.batch.messages.count)
        for (place, message) in source.batch.messages.enumerated() {
            guard let outcome = endpoint.adapter.refusal(message, of: source) else { continue }
            outcomes[place] = outcome
            refused.append(place)
        }
        skipRefused()
    }

    var canStart: Bool { next < outcomes.count }
    var isFinished: Bool { next == outcomes.count && underWay == 0 }

    /// The places of the messages to send now.
    func start() -> Range<Int> {
        let extent = max(endpoint.adapter.extent(from: next, of: source), 1)
        let places = next..<min(next + extent, refused.first ?? outcomes.count)
        next = places.upperBound
        skipRefused()
        underWay += 1
        return places
    }

    private func skipRefused() {
        while next == refused.first {
            refused.removeFirst()
            next += 1
        }
    }

    /// An adapter that has no outcome for a message leaves it in doubt: it was sent.
    func finish(_ places: Range<Int>, _ found: [Outcome]) {
        for (offset, place) in places.enumerated() {
            outcomes[place] =
                offset < found.count
                ? found[offset] : .inDoubt(reason: ProviderReason.unclearReply)
        }
        underWay -= 1
    }

    /// Nothing further is started: what was not begun was not sent.
    func abandon(reason: String) {
        while next < outcomes.count {
            outcomes[next] = .notSent(reason: reason)
            next += 1
            skipRefused()
        }
    }

    /// Hands the outcomes over. Called once, when the job is finished.
    func resume() {
        continuation?.resume(returning: outcomes)
        continuation = nil
    }
}
