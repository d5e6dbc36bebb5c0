private import Synchronization

/// A batch on its way through a curl loop: what is still to start, what is under way, the outcomes so
/// far. Whoever waits for it is resumed once, when the last outcome is in.
///
/// Sendable because it is handed over whole: the caller gives it away on submit, and from then on only
/// the loop's thread touches it.
final class HTTPJob: @unchecked Sendable {
    let endpoint: HTTPEndpoint
    let source: RequestSource
    let mayStillSend: @Sendable () -> Bool
    /// The endpoint's places in the loop. Set by the loop when it takes the batch up.
    var lane: CurlLane?
    private(set) var next = 0
    private(set) var underWay = 0
    private var outcomes: [Outcome]
    private var continuation: CheckedContinuation<[Outcome], Never>?

    init(
        endpoint: HTTPEndpoint, source: RequestSource, mayStillSend: @escaping @Sendable () -> Bool,
        continuation: CheckedContinuation<[Outcome], Never>
    ) {
        self.endpoint = endpoint
        self.source = source
        self.mayStillSend = mayStillSend
        self.continuation = continuation
        outcomes = Array(repeating: .notSent(reason: ProviderReason.leaseOver), count: source.batch.messages.count)
    }

    var canStart: Bool { next < outcomes.count }
    var isFinished: Bool { next == outcomes.count && underWay == 0 }

    /// The place of the message to send now.
    func start() -> Int {
        defer { next += 1 }
        underWay += 1
        return next
    }

    func finish(_ index: Int, _ outcome: Outcome) {
        outcomes[index] = outcome
        underWay -= 1
    }

    /// Nothing further is started: what was not begun was not sent.
    func abandon(reason: String) {
        while next < outcomes.count {
            outcomes[next] = .notSent(reason: reason)
            next += 1
        }
    }

    /// Hands the outcomes over. Called once, when the job is finished.
    func resume() {
        continuation?.resume(returning: outcomes)
        continuation = nil
    }
}
