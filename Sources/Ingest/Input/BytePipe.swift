import Foundation

/// A bounded bridge from a task, which must not block, to the thread that reads an upload, which may: the task waits in
/// `write` while more than `capacity` bytes lie in it, the thread in `read` while there are none. One of each.
package final class BytePipe: Sendable {
    /// Nobody reads any more. Why, whoever read knows.
    package struct Closed: Error {}

    private enum End { case whole, cutOff }

    /// Unchecked: touched only with `condition` locked.
    private final class State: @unchecked Sendable {
        var pieces: [[UInt8]] = []
        var count = 0
        /// How much of the first piece has been read.
        var position = 0
        var end: End?
        var isClosed = false
        var writer: CheckedContinuation<Void, Never>?
    }

    private let condition = NSCondition()
    private let state = State()
    private let capacity: Int

    package init(capacity: Int = 1 << 20) { self.capacity = capacity }

    package func write(_ bytes: [UInt8]) async throws(Closed) {
        if bytes.isEmpty { return }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let mayGoOn = condition.withLock {
                if state.isClosed || state.count < capacity { return true }
                state.writer = continuation
                return false
            }
            if mayGoOn { continuation.resume() }
        }
        let isClosed = condition.withLock {
            guard !state.isClosed else { return true }
            state.pieces.append(bytes)
            state.count += bytes.count
            condition.signal()
            return false
        }
        if isClosed { throw Closed() }
    }

    /// Nothing more comes.
    package func finish() { end(.whole) }

    /// What came is not all that there was.
    package func cutOff() { end(.cutOff) }

    private func end(_ end: End) {
        condition.withLock {
            if state.end == nil { state.end = end }
            condition.signal()
        }
    }

    /// Nobody will read on: whoever writes is told.
    package func close() {
        let writer = condition.withLock {
            state.isClosed = true
            state.pieces = []
            defer { state.writer = nil }
            return state.writer
        }
        writer?.resume()
    }

    /// Blocks until there is something; 0 at the end. Looks at `cancellation` ten times a second.
    fileprivate func read(
        into buffer: UnsafeMutableRawBufferPointer, _ cancellation: CancellationFlag
    ) throws(IngestError) -> Int {
        condition.lock()
        while state.pieces.isEmpty, state.end == nil, !cancellation.isSet {
            _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
        }
        guard !cancellation.isSet, state.end != .cutOff else {
            condition.unlock()
            throw cancellation.isSet ? .cancelled : .readFailed(reason: "not all of it arrived")
        }
        guard let first = state.pieces.first else {
            condition.unlock()
            return 0
        }
        let count = min(buffer.count, first.count - state.position)
        buffer.copyBytes(from: first[state.position..<state.position + count])
        state.position += count
        state.count -= count
        if state.position == first.count {
            state.pieces.removeFirst()
            state.position = 0
        }
        var writer: CheckedContinuation<Void, Never>?
        if state.count < capacity { swap(&writer, &state.writer) }
        condition.unlock()
        writer?.resume()
        return count
    }
}

/// The reading end of a pipe.
final class PipeSource: ByteSource {
    private let pipe: BytePipe
    private let cancellation: CancellationFlag
    private(set) var consumed = 0

    init(_ pipe: BytePipe, cancellation: CancellationFlag) {
        self.pipe = pipe
        self.cancellation = cancellation
    }

    var total: Int? { nil }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int {
        guard buffer.count > 0 else { return 0 }
        let count = try pipe.read(into: buffer, cancellation)
        consumed += count
        return count
    }
}
