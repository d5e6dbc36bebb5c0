private import Synchronization

/// One open WebSocket as a handler has it: texts out, texts in, an end. Pings, pongs and the closing are done for it.
///
/// What a client doesn't take is kept up to a limit, past that the connection is cut: it comes back and asks for what
/// it missed. What the handler doesn't read makes the client wait.
package final class WebSocket: Sendable {
    static let inboxFull = 64

    private struct State {
        var outbox: [UInt8] = []
        var inbox: [[UInt8]] = []
        var reader: UnsafeContinuation<Void, Never>?
        /// The handler wants the end, with this code.
        var closing: UInt16?
        var isTooSlow = false
        var isGone = false
        /// The loop stopped reading because nobody took what was read.
        var isStuck = false
        var wake: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// False where the client is gone or too slow.
    @discardableResult package func send(_ text: [UInt8]) -> Bool {
        let (isTaken, wake) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
            guard !state.isGone, state.closing == nil, !state.isTooSlow else { return (false, nil) }
            state.outbox.append(contentsOf: WebSocketCodec.text(text))
            if state.outbox.count > limit { state.isTooSlow = true }
            return (!state.isTooSlow, state.wake)
        }
        wake?()
        return isTaken
    }

    /// The next text of the client; nil once it is gone.
    package func next() async -> [UInt8]? {
        while true {
            let (text, isGone, wake) = state.withLock { state -> ([UInt8]?, Bool, (@Sendable () -> Void)?) in
                guard !state.inbox.isEmpty else { return (nil, state.isGone, nil) }
                let text = state.inbox.removeFirst()
                defer { state.isStuck = false }
                return (text, false, state.isStuck ? state.wake : nil)
            }
            wake?()
            if let text { return text }
            if isGone { return nil }
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let isThere = state.withLock { state in
                    if !state.inbox.isEmpty || state.isGone { return true }
                    state.reader = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }

    /// Ends it behind what was sent.
    package func close(_ code: UInt16 = 1000) {
        let wake = state.withLock { state in
            if state.closing == nil { state.closing = code }
            return state.wake
        }
        wake?()
    }

    // MARK: The loop's side

    func opened(wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
        wake()
    }

    func takeOutbox() -> (bytes: [UInt8], closing: UInt16?, isTooSlow: Bool) {
        state.withLock { state in
            defer { state.outbox = [] }
            return (state.outbox, state.closing, state.isTooSlow)
        }
    }

    /// False where the inbox is full: read no more until woken.
    func hasRoom() -> Bool {
        state.withLock { state in
            state.isStuck = state.inbox.count >= Self.inboxFull
            return !state.isStuck
        }
    }

    func received(_ text: [UInt8]) {
        let reader = state.withLock { state in
            state.inbox.append(text)
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    func gone() {
        let reader = state.withLock { state in
            state.isGone = true
            state.wake = nil
            state.outbox = []
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }
}
