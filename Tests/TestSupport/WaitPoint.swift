import Foundation
import Synchronization

/// Something that happens once and that tests wait for instead of sleeping.
package final class WaitPoint: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let waiting = Mutex<(isOpen: Bool, continuations: [CheckedContinuation<Void, Never>])>((false, []))

    package init() {}

    package func open() {
        semaphore.signal()
        let continuations = waiting.withLock { state in
            defer { state = (true, []) }
            return state.continuations
        }
        for continuation in continuations { continuation.resume() }
    }

    package func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = waiting.withLock { state in
                if !state.isOpen { state.continuations.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// For a thread that may block.
    package func waitBlocking() { semaphore.wait() }
}
