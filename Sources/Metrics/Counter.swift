/// Something that only grows. Adding is one atomic addition.
package final class Counter: Sendable {
    private let cell = AtomicCells(count: 1)

    package init() {}

    package func add(_ amount: Int = 1) { if amount > 0 { cell.add(Int64(amount), at: 0) } }

    package var value: Int64 { cell.load(at: 0) }
}
