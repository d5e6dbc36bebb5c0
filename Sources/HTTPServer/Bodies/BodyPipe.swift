private import Synchronization

/// A body on its way from the polling thread to the handler that reads it. Holds little: once it is full the
/// connection sleeps, TCP makes the client wait, and the reader's next call wakes it. One reader.
package final class BodyPipe: Sendable {
    /// From here on the connection sleeps. A piece more may be in it.
    static let fullAt = 64 << 10

    private struct State {
        var bytes: [UInt8] = []
        var received = 0
        /// The reader has asked. Until then the client isn't told to send.
        var isWanted = false
        var isEnded = false
        var fault: BodyFault?
        var reader: UnsafeContinuation<Void, Never>?
        var sleeper: Suspension?

        var hasRoom: Bool { isWanted && bytes.count < BodyPipe.fullAt }
    }

    private let state = Mutex(State())
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// The next bytes, nil at the end. Waits for them.
    func next() async throws(BodyFault) -> [UInt8]? {
        while true {
            let (step, sleeper) = state.withLock { state -> (Result<[UInt8]?, BodyFault>?, Suspension?) in
                state.isWanted = true
                // What arrived before a fault is not handed out: it would look like more than it is.
                if let fault = state.fault { return (.failure(fault), nil) }
                if !state.bytes.isEmpty {
                    let bytes = state.bytes
                    state.bytes = []
                    defer { state.sleeper = nil }
                    return (.success(bytes), state.sleeper)
                }
                if state.isEnded { return (.success(nil), nil) }
                defer { state.sleeper = nil }
                return (nil, state.sleeper)
            }
            sleeper?.resume()
            if let step { return try step.get() }
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let isThere = state.withLock { state in
                    if !state.bytes.isEmpty || state.isEnded || state.fault != nil { return true }
                    precondition(state.reader == nil, "a body has one reader")
                    state.reader = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }

    // MARK: The polling thread's side

    enum Room {
        case some
        case none
        case fault
    }

    func push(_ piece: UnsafeBufferPointer<UInt8>) -> Room {
        let (room, reader) = state.withLock { state -> (Room, UnsafeContinuation<Void, Never>?) in
            state.received += piece.count
            if state.received > limit, state.fault == nil { state.fault = .tooLarge(limit: limit) }
            if state.fault == nil { state.bytes.append(contentsOf: piece) }
            defer { state.reader = nil }
            return (state.fault != nil ? .fault : state.hasRoom ? .some : .none, state.reader)
        }
        reader?.resume()
        return room
    }

    var isWanted: Bool { state.withLock { $0.isWanted } }
    var isFaulty: Bool { state.withLock { $0.fault != nil } }

    func end() {
        let reader = state.withLock { state in
            state.isEnded = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// Does nothing to a body that has ended.
    func fail(_ fault: BodyFault) {
        let reader = state.withLock { state in
            if !state.isEnded, state.fault == nil { state.fault = fault }
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// Wakes the connection once there is room; at once where there is.
    func wakeWhenRoom(_ suspension: Suspension) {
        let isNow = state.withLock { state in
            if state.hasRoom { return true }
            state.sleeper = suspension
            return false
        }
        if isNow { suspension.resume() }
    }
}
