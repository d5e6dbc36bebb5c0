private import Foundation

/// One thread that does things later, in the order of their times, until it is stopped.
///
/// Sendable because the heap is touched only under the condition's lock.
final class DelayQueue: @unchecked Sendable {
    private struct Entry {
        var due: ContinuousClock.Instant
        var work: @Sendable () -> Void
    }

    private let condition = NSCondition()
    /// A binary heap: the earliest entry stands first.
    private var heap: [Entry] = []
    private var isStopped = false

    func start() {
        let thread = Thread { while let work = self.next() { work() } }
        thread.name = "delays"
        thread.start()
    }

    func after(_ delay: Duration, _ work: @escaping @Sendable () -> Void) {
        condition.lock()
        defer { condition.unlock() }
        guard !isStopped else { return }
        heap.append(Entry(due: .now + delay, work: work))
        if siftUp() { condition.signal() }
    }

    /// What was not yet due is forgotten.
    func stop() {
        condition.lock()
        defer { condition.unlock() }
        isStopped = true
        heap = []
        condition.signal()
    }

    /// Waits for the next work that is due; nil once stopped.
    private func next() -> (@Sendable () -> Void)? {
        condition.lock()
        defer { condition.unlock() }
        while !isStopped {
            guard let first = heap.first else {
                condition.wait()
                continue
            }
            let left = first.due - .now
            if left <= .zero { return removeFirst().work }
            _ = condition.wait(until: Date(timeIntervalSinceNow: left / .seconds(1)))
        }
        return nil
    }

    /// Puts the last entry into its place and says whether that is the first.
    private func siftUp() -> Bool {
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].due < heap[parent].due else { return false }
            heap.swapAt(child, parent)
            child = parent
        }
        return true
    }

    private func removeFirst() -> Entry {
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var parent = 0
        while true {
            var child = parent * 2 + 1
            guard child < heap.count else { return first }
            if child + 1 < heap.count, heap[child + 1].due < heap[child].due { child += 1 }
            guard heap[child].due < heap[parent].due else { return first }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
