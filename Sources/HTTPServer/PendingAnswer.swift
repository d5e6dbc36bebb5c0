private import Synchronization

/// A request whose answer is still to come. The first answer counts; a request that is never
/// answered gets a 503 when the server stops.
package final class PendingAnswer: Sendable {
    enum Outcome: Sendable {
        case response(HTTPResponse)
        case drop
    }

    private let outcome = Mutex<Outcome?>(nil)
    private let suspension: Suspension

    init(_ suspension: Suspension) {
        self.suspension = suspension
    }

    package func answer(_ response: HTTPResponse) { settle(.response(response)) }

    /// Closes the connection without an answer.
    package func drop() { settle(.drop) }

    /// Nil where the connection was woken by the server's stop.
    func take() -> Outcome? { outcome.withLock { $0 } }

    private func settle(_ new: Outcome) {
        outcome.withLock { if $0 == nil { $0 = new } }
        suspension.resume()
    }
}
