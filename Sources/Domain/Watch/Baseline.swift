/// What is usual, from the same hours of past weeks: median and median absolute deviation, which a week that was out of
/// the ordinary (a holiday, an outage, the last attack) hardly moves.
package struct Baseline: Sendable, Hashable {
    package let usual: Double
    /// The deviation, scaled as for a normal distribution; 0 where more than half of the weeks were the same.
    package let spread: Double

    /// Nil without samples.
    package init?(_ samples: [Double]) {
        guard let usual = Self.median(samples) else { return nil }
        self.usual = usual
        spread = 1.4826 * (Self.median(samples.map { abs($0 - usual) }) ?? 0)
    }

    package static func median(_ samples: [Double]) -> Double? {
        guard !samples.isEmpty else { return nil }
        let sorted = samples.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
