import HTTPServer
private import Synchronization

/// A body that comes one byte at a time.
final class DripBody: BodyStream {
    private let bytes: [UInt8]
    private let interval: Duration
    private let delays: DelayQueue
    private let state = Mutex((position: 0, isDue: true))

    init(_ bytes: [UInt8], interval: Duration, delays: DelayQueue) {
        self.bytes = bytes
        self.interval = interval
        self.delays = delays
    }

    func next(into buffer: UnsafeMutableRawBufferPointer) -> BodyStreamStep {
        state.withLock { state in
            guard state.position < bytes.count else { return .end }
            guard state.isDue else {
                return .wait { [self] suspension in
                    delays.after(interval) {
                        self.state.withLock { $0.isDue = true }
                        suspension.resume()
                    }
                }
            }
            buffer[0] = bytes[state.position]
            state.position += 1
            state.isDue = false
            return .wrote(1)
        }
    }
}

/// A body that begins, and then the connection breaks.
final class CutBody: BodyStream {
    private let bytes: [UInt8]
    private let isSent = Mutex(false)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func next(into buffer: UnsafeMutableRawBufferPointer) -> BodyStreamStep {
        isSent.withLock { isSent in
            if isSent { return .abort }
            isSent = true
            let count = min(bytes.count, buffer.count)
            buffer.copyBytes(from: bytes.prefix(count))
            return .wrote(count)
        }
    }
}
