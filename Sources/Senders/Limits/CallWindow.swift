/// What the calls of the last ten seconds came to, in buckets of a second.
struct CallWindow {
    struct Second {
        /// Messages that were let through.
        var granted = 0
        var healthy = 0
        var throttled = 0
        var failed = 0
        var timedOut = 0

        /// Those that say whether the provider is well.
        var judged: Int { healthy + failed + timedOut }
        var answered: Int { judged + throttled }
        var errorShare: Double { judged == 0 ? 0 : Double(failed + timedOut) / Double(judged) }
        var timeOutShare: Double { judged == 0 ? 0 : Double(timedOut) / Double(judged) }

        mutating func add(_ end: CallEnd) {
            switch end {
            case .healthy: healthy += 1
            case .throttled: throttled += 1
            case .failed: failed += 1
            case .timedOut: timedOut += 1
            }
        }

        fileprivate mutating func subtract(_ other: Second) {
            granted -= other.granted
            healthy -= other.healthy
            throttled -= other.throttled
            failed -= other.failed
            timedOut -= other.timedOut
        }
    }

    static let length = 10
    private var seconds = [Second](repeating: Second(), count: CallWindow.length)
    private let origin: ContinuousClock.Instant
    private var newest: Int64 = 0
    private var total = Second()

    init(now: ContinuousClock.Instant) { origin = now }

    mutating func granted(_ count: Int, _ now: ContinuousClock.Instant) {
        let place = place(now)
        seconds[place].granted += count
        total.granted += count
    }

    mutating func add(_ end: CallEnd, _ now: ContinuousClock.Instant) {
        let place = place(now)
        seconds[place].add(end)
        total.add(end)
    }

    mutating func totals(_ now: ContinuousClock.Instant) -> Second {
        _ = place(now)
        return total
    }

    /// The busiest of the seconds.
    mutating func peak(_ now: ContinuousClock.Instant) -> Int {
        _ = place(now)
        return seconds.lazy.map(\.granted).max() ?? 0
    }

    /// Drops what has become old; a time before the newest second counts to that one.
    private mutating func place(_ now: ContinuousClock.Instant) -> Int {
        let second = origin.duration(to: now).components.seconds
        while newest < second {
            if second - newest > Int64(Self.length) { newest = second - Int64(Self.length) }
            newest += 1
            let old = Int(newest % Int64(Self.length))
            total.subtract(seconds[old])
            seconds[old] = Second()
        }
        return Int(newest % Int64(Self.length))
    }
}
