/// How often something can be done in a second.
struct Rate {
    private static let rounds = 5

    /// The median of five rounds of `count` things each; the first round warms up and doesn't count.
    static func median(of count: Int, _ body: () throws -> Void) rethrows -> Double {
        try body()
        var rates: [Double] = []
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            try body()
            let (seconds, attoseconds) = start.duration(to: .now).components
            rates.append(Double(count) / (Double(seconds) + Double(attoseconds) * 1e-18))
        }
        return rates.sorted()[rounds / 2]
    }
}
