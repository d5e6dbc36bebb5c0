import Dispatch
import Foundation
import Synchronization

/// SIGTERM and SIGINT as something to wait for. The first asks for an orderly end; a second SIGINT ends
/// the process at once.
final class StopSignal: @unchecked Sendable {  // The sources are only kept, never touched again.
    private final class Gate: Sendable {
        struct State {
            var isStopped = false
            var waits = 0
            var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        }

        let state = Mutex(State())

        func received(_ number: Int32) {
            let (isSecond, waiting) = state.withLock { state in
                defer {
                    state.isStopped = true
                    state.waiting = [:]
                }
                return (state.isStopped, state.waiting)
            }
            if isSecond, number == SIGINT { exit(ExitCode.failed.rawValue) }
            for continuation in waiting.values { continuation.resume() }
        }

        /// Waits for the signal or, where a limit is given, for that.
        func wait(atMost limit: Duration?) async {
            await withCheckedContinuation { continuation in
                let wait: Int? = state.withLock { state in
                    guard !state.isStopped else { return nil }
                    state.waits += 1
                    state.waiting[state.waits] = continuation
                    return state.waits
                }
                guard let wait else { return continuation.resume() }
                guard let limit else { return }
                Task {
                    try? await Task.sleep(for: limit)
                    state.withLock { $0.waiting.removeValue(forKey: wait) }?.resume()
                }
            }
        }
    }

    private let gate = Gate()
    private let sources: [any DispatchSourceSignal]

    init() {
        let gate = gate
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { gate.received(number) }
            source.resume()
            return source
        }
    }

    func wait() async { await gate.wait(atMost: nil) }

    /// Says whether the signal has come; waits for it for so long.
    func hasCome(within limit: Duration) async -> Bool {
        await gate.wait(atMost: limit)
        return hasCome
    }

    var hasCome: Bool { gate.state.withLock { $0.isStopped } }
}
