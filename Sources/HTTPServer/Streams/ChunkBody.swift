private import Synchronization

/// A response body that a task writes while it is sent. Holds one write and what is left of the one before.
final class ChunkBody: BodyStream {
    typealias Work = @Sendable (ChunkWriter) async throws -> Void

    private static let fullAt = 64 << 10

    private enum End { case none, whole, broken }

    private struct State {
        var bytes: [UInt8] = []
        var position = 0
        var end = End.none
        var isGone = false
        var isStarted = false
        var task: Task<Void, Never>?
        var sleeper: Suspension?
        var writer: UnsafeContinuation<Void, Never>?

        var left: Int { bytes.count - position }
    }

    private let state = Mutex(State())
    private let work: Work

    init(_ work: @escaping Work) { self.work = work }

    func write(_ bytes: [UInt8]) async throws(BodyFault) {
        if bytes.isEmpty { return }
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let hasRoom = state.withLock { state in
                if state.isGone || state.left < Self.fullAt { return true }
                state.writer = continuation
                return false
            }
            if hasRoom { continuation.resume() }
        }
        let (isGone, sleeper) = state.withLock { state -> (Bool, Suspension?) in
            if state.isGone { return (true, nil) }
            if state.left == 0 {
                state.bytes = bytes
                state.position = 0
            } else {
                state.bytes.append(contentsOf: bytes)
            }
            defer { state.sleeper = nil }
            return (false, state.sleeper)
        }
        if isGone { throw .interrupted }
        sleeper?.resume()
    }

    func next(into buffer: UnsafeMutableRawBufferPointer) -> BodyStreamStep {
        start()
        let (step, writer) = state.withLock { state -> (BodyStreamStep, UnsafeContinuation<Void, Never>?) in
            guard state.left > 0 else {
                switch state.end {
                case .whole: return (.end, nil)
                case .broken: return (.abort, nil)
                case .none: return (.wait { [self] in wakeWhenFilled($0) }, nil)
                }
            }
            let count = min(state.left, buffer.count)
            buffer.copyBytes(from: state.bytes[state.position..<state.position + count])
            state.position += count
            guard state.left < Self.fullAt else { return (.wrote(count), nil) }
            defer { state.writer = nil }
            return (.wrote(count), state.writer)
        }
        writer?.resume()
        return step
    }

    func ended() {
        let (writer, task) = state.withLock { state in
            state.isGone = true
            state.bytes = []
            state.position = 0
            defer { state.writer = nil }
            return (state.writer, state.task)
        }
        writer?.resume()
        task?.cancel()
    }

    /// Only now: the answer to a HEAD never asks, and then nothing is to be made.
    private func start() {
        guard
            !state.withLock({ state in
                defer { state.isStarted = true }
                return state.isStarted
            })
        else { return }
        let task = Task { [self] in
            do {
                try await work(ChunkWriter(body: self))
                finish(.whole)
            } catch {
                finish(.broken)
            }
        }
        let isGone = state.withLock { state in
            state.task = task
            return state.isGone
        }
        if isGone { task.cancel() }
    }

    private func finish(_ end: End) {
        let sleeper = state.withLock { state in
            state.end = end
            state.task = nil
            defer { state.sleeper = nil }
            return state.sleeper
        }
        sleeper?.resume()
    }

    private func wakeWhenFilled(_ suspension: Suspension) {
        let isNow = state.withLock { state in
            if state.left > 0 || state.end != .none { return true }
            state.sleeper = suspension
            return false
        }
        if isNow { suspension.resume() }
    }
}
