import Domain
import Synchronization

/// Wakes whoever waits for work. A signal that comes while nobody waits is kept for the next one.
package final class WakeSignal: Sendable {
    private struct State {
        var generation = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Taken before looking for work; `wait` returns at once if a signal came after it.
    package var generation: Int { state.withLock { $0.generation } }

    package func signal() {
        let waiting = state.withLock { state in
            state.generation += 1
            defer { state.waiting.removeAll() }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns at a signal after `generation`, or when the time is over.
    package func wait(after generation: Int, atMost limit: Duration) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let timer = Task { [weak self] in
            try? await Task.sleep(for: limit)
            self?.release(id)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.generation != generation || Task.isCancelled { return true }
                    state.waiting[id] = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            release(id)
        }
        timer.cancel()
    }

    private func release(_ id: Int) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
    }
}
