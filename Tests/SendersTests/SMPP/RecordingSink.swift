import Synchronization
import TestSupport

@testable import Senders

/// Keeps callbacks, and says as told whether they were stored.
final class RecordingSink: ReceiptSink {
    private let kept = Mutex<[ProviderCallback]>([])
    private let isStored: @Sendable (Int) -> Bool
    private let wanted: Int
    private let arrived = WaitPoint()

    /// `isStored` is asked with the number of callbacks so far. `wait` waits for so many that were stored.
    init(wanted: Int = 1, _ isStored: @escaping @Sendable (Int) -> Bool = { _ in true }) {
        self.wanted = wanted
        self.isStored = isStored
    }

    private let count = Mutex(0)

    func receive(_ callback: ProviderCallback) async -> Bool {
        let number = count.withLock {
            $0 += 1
            return $0
        }
        guard isStored(number) else { return false }
        let stored = kept.withLock {
            $0.append(callback)
            return $0.count
        }
        if stored == wanted { arrived.open() }
        return true
    }

    func wait() async -> [ProviderCallback] {
        await arrived.wait()
        return kept.withLock { $0 }
    }
}
