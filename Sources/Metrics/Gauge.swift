/// Something that goes up and down, counted by whoever changes it.
package final class Gauge: Sendable {
    private let cell = AtomicCells(count: 1)

    package init() {}

    package func add(_ amount: Int) { cell.add(Int64(amount), at: 0) }
    package func set(_ value: Int) { cell.store(Int64(value), at: 0) }

    package var value: Int64 { cell.load(at: 0) }
}
