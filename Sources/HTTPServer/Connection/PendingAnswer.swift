private import Synchronization

/// A request whose answer is still to come. The first answer counts; a request that is never
/// answered gets a 503 when the server stops.
package final class PendingAnswer: Sendable {
    enum Outcome: Sendable {
        case response(HTTPResponse)
        case drop
    }

    private struct State {
        var outcome: Outcome?
        var sleeper: Suspension?
    }

    private let state = Mutex(State())

    package func answer(_ response: HTTPResponse) { settle(.response(response)) }

    /// Closes the connection without an answer.
    package func drop() { settle(.drop) }

    /// Nil while there is none.
    var outcome: Outcome? { state.withLock { $0.outcome } }

    /// Wakes the connection once there is an answer; at once where there is.
    func wakeWhenAnswered(_ suspension: Suspension) {
        let isNow = state.withLock { state in
            if state.outcome != nil { return true }
            state.sleeper = suspension
            return false
        }
        if isNow { suspension.resume() }
    }

    private func settle(_ new: Outcome) {
        let sleeper = state.withLock { state in
            if state.outcome == nil { state.outcome = new }
            defer { state.sleeper = nil }
            return state.sleeper
        }
        sleeper?.resume()
    }
}
