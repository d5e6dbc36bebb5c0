private import Synchronization

/// A row of numbers that many threads add to without waiting for each other. An array can't hold atomics, and an object
/// for each would cost a look-up more.
final class AtomicCells: Sendable {
    let count: Int
    /// Made and freed here alone; what it points to is atomic.
    nonisolated(unsafe) private let cells: UnsafeMutablePointer<Atomic<Int64>>

    init(count: Int) {
        self.count = count
        cells = .allocate(capacity: count)
        for place in 0..<count { (cells + place).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: count)
        cells.deallocate()
    }

    func add(_ amount: Int64, at place: Int) { cells[place].add(amount, ordering: .relaxed) }
    func load(at place: Int) -> Int64 { cells[place].load(ordering: .relaxed) }
}
