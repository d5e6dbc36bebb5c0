/// How long things took, counted by ranges that are fixed when it is made. An observation is two atomic additions and a
/// short search; many of the same duration cost as much as one.
package final class Histogram: Sendable {
    /// Upper ends in seconds, growing. What is above the last is counted too.
    package struct Bounds: Sendable, Hashable {
        package let seconds: [Double]
        fileprivate let micros: [Int64]

        package init(_ seconds: [Double]) {
            self.seconds = seconds
            micros = seconds.map { Int64(($0 * 1_000_000).rounded()) }
        }

        /// From a millisecond to a minute: requests and calls.
        package static let calls = Bounds([
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
        ])
        /// From a millisecond to a day: how long something lay.
        package static let waits = Bounds([
            0.001, 0.003, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10, 60, 300, 3600, 86_400,
        ])
    }

    package let bounds: Bounds
    /// One for each range, one for what is above, and the sum in microseconds.
    private let cells: AtomicCells

    package init(_ bounds: Bounds) {
        self.bounds = bounds
        cells = AtomicCells(count: bounds.seconds.count + 2)
    }

    package func observe(_ duration: Duration, count: Int = 1) {
        let (seconds, attoseconds) = duration.components
        observe(micros: seconds * 1_000_000 + attoseconds / 1_000_000_000_000, count: count)
    }

    package func observe(micros: Int64, count: Int = 1) {
        guard count > 0 else { return }
        let micros = max(0, micros)
        var place = 0
        while place < bounds.micros.count, micros > bounds.micros[place] { place += 1 }
        cells.add(Int64(count), at: place)
        cells.add(micros &* Int64(count), at: bounds.micros.count + 1)
    }

    /// As it is written: by range, each with those below it, and the sum in seconds.
    package struct Reading: Sendable, Hashable {
        package let cumulative: [Int64]
        package let sum: Double
        package var count: Int64 { cumulative.last ?? 0 }
    }

    var isEmpty: Bool { (0...bounds.seconds.count).allSatisfy { cells.load(at: $0) == 0 } }

    package var reading: Reading {
        var total: Int64 = 0
        let cumulative = (0...bounds.seconds.count).map { place in
            total += cells.load(at: place)
            return total
        }
        return Reading(cumulative: cumulative, sum: Double(cells.load(at: bounds.seconds.count + 1)) / 1_000_000)
    }
}
