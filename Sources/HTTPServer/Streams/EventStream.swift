private import Synchronization

/// An open stream of server-sent events. Whoever has it sends; a comment goes out when nothing else did for a while,
/// so that proxies keep it open and a client that is gone is noticed.
///
/// What a client doesn't take is kept up to a limit. Past that the stream ends: the client comes back with
/// `Last-Event-ID` and gets what it missed from where events are kept.
package final class EventStream: BodyStream {
    private struct State {
        var bytes: [UInt8] = []
        var sleeper: Suspension?
        var isFinished = false
        var isGone = false
        var sentAt: Int64 = 0
        var onEnd: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>
    private let heartbeat: Int64
    private let limit: Int

    /// `onEnd` is called once, when the stream has ended or the client is gone.
    package init(
        heartbeat: Duration = .seconds(15), limit: Int = 64 << 10, onEnd: (@Sendable () -> Void)? = nil
    ) {
        self.heartbeat = Int64(heartbeat / .milliseconds(1))
        self.limit = limit
        state = Mutex(State(onEnd: onEnd))
    }

    /// Headers that keep proxies from holding it back.
    package var response: HTTPResponse {
        HTTPResponse(
            status: 200,
            headers: [
                ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"),
            ], body: .stream(self, length: nil))
    }

    /// False where the client is gone or too slow: nothing more needs to be sent.
    @discardableResult package func send(_ event: ServerSentEvent) -> Bool {
        let (isTaken, sleeper) = state.withLock { state -> (Bool, Suspension?) in
            guard !state.isFinished, !state.isGone else { return (false, nil) }
            event.append(to: &state.bytes)
            if state.bytes.count > limit { state.isFinished = true }
            defer { state.sleeper = nil }
            return (!state.isFinished, state.sleeper)
        }
        sleeper?.resume()
        return isTaken
    }

    /// Ends the stream behind what was sent.
    package func finish() {
        let sleeper = state.withLock { state in
            state.isFinished = true
            defer { state.sleeper = nil }
            return state.sleeper
        }
        sleeper?.resume()
    }

    package func next(into buffer: UnsafeMutableRawBufferPointer) -> BodyStreamStep {
        state.withLock { state in
            if !state.bytes.isEmpty {
                let count = min(state.bytes.count, buffer.count)
                buffer.copyBytes(from: state.bytes.prefix(count))
                if count == state.bytes.count { state.bytes = [] } else { state.bytes.removeFirst(count) }
                state.sentAt = 0
                return .wrote(count)
            }
            if state.isFinished { return .end }
            return .wait { [self] suspension in wakeWhenFilled(suspension) }
        }
    }

    package func tick(now: Int64) {
        let sleeper = state.withLock { state -> Suspension? in
            if state.sentAt == 0 { state.sentAt = now }
            guard now - state.sentAt >= heartbeat, state.bytes.isEmpty, !state.isFinished else { return nil }
            state.bytes = [0x3A, 10, 10]
            defer { state.sleeper = nil }
            return state.sleeper
        }
        sleeper?.resume()
    }

    package func drain() { finish() }

    package func ended() {
        let onEnd = state.withLock { state in
            state.isGone = true
            state.bytes = []
            defer { state.onEnd = nil }
            return state.onEnd
        }
        onEnd?()
    }

    private func wakeWhenFilled(_ suspension: Suspension) {
        let isNow = state.withLock { state in
            if !state.bytes.isEmpty || state.isFinished { return true }
            state.sleeper = suspension
            return false
        }
        if isNow { suspension.resume() }
    }
}
