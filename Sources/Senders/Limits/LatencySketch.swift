import Domain

/// How long a provider's answers took lately: counts in classes a quarter of a power of two wide, over the last ten
/// to twenty seconds. Constant in size, and one addition a call.
struct LatencySketch {
    private static let classes = 112
    private static let generation: Duration = .seconds(10)
    /// Fewer answers than that are no history.
    private static let fewest = 5

    private var current = [UInt32](repeating: 0, count: LatencySketch.classes)
    private var previous = [UInt32](repeating: 0, count: LatencySketch.classes)
    private var count = (current: 0, previous: 0)
    private var turnedAt: ContinuousClock.Instant
    /// Read far more often than it changes.
    private var known: (quantile: Double, value: Duration, count: Int)?

    init(now: ContinuousClock.Instant) { turnedAt = now }

    mutating func add(_ latency: Duration, _ now: ContinuousClock.Instant) {
        if turnedAt.duration(to: now) >= Self.generation { turn(now) }
        current[Self.place(latency)] += 1
        count.current += 1
    }

    /// The value below which that share of the answers stayed, rounded up; nil without a history. What is older
    /// than two generations still counts while nothing newer came.
    mutating func quantile(_ share: Double) -> Duration? {
        let all = count.current + count.previous
        guard all >= Self.fewest else { return nil }
        if let known, known.quantile == share, all - known.count < 1 + all / 16, all >= known.count {
            return known.value
        }
        var left = Int((Double(all) * share).rounded(.up))
        for place in 0..<Self.classes {
            left -= Int(current[place]) + Int(previous[place])
            if left <= 0 {
                let value = Self.limit(of: place)
                known = (share, value, all)
                return value
            }
        }
        return Self.limit(of: Self.classes - 1)
    }

    private mutating func turn(_ now: ContinuousClock.Instant) {
        turnedAt = now
        known = nil
        // A quiet time must not wipe out what is known.
        guard count.current >= Self.fewest else { return }
        swap(&current, &previous)
        for place in 0..<Self.classes { current[place] = 0 }
        count = (0, count.current)
    }

    private static func place(_ latency: Duration) -> Int {
        let micros = UInt64(max(4, latency.wholeMicroseconds))
        let power = 63 - micros.leadingZeroBitCount
        return min(classes - 1, (power - 2) * 4 + Int(micros >> UInt64(power - 2)) & 3)
    }

    private static func limit(of place: Int) -> Duration {
        .microseconds(Int64(4 + place & 3 + 1) << Int64(place / 4))
    }
}
