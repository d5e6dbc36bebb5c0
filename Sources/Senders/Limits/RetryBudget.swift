/// How many messages may be tried again at a provider that is sick: a tenth of what it was sent in the last ten
/// seconds, so that repeats never become the load that keeps it down. A small floor lets a quiet provider be
/// tried again at all. Whoever gets nothing waits until it is better.
struct RetryBudget {
    private static let share = 0.1
    private static let floor = 5
    private static let length = 10

    private var seconds = [(all: Int, retries: Int)](repeating: (0, 0), count: RetryBudget.length)
    private let origin: ContinuousClock.Instant
    private var newest: Int64 = 0

    init(now: ContinuousClock.Instant) { origin = now }

    /// How many of so many may be tried again now.
    mutating func mayRetry(_ count: Int, isSick: Bool, _ now: ContinuousClock.Instant) -> Int {
        guard isSick else { return count }
        advance(now)
        var all = 0
        var retries = 0
        for second in seconds {
            all += second.all
            retries += second.retries
        }
        let allowed = max(Self.floor, Int(Self.share * Double(all)))
        return min(count, max(0, allowed - retries))
    }

    mutating func sent(_ count: Int, areRetries: Bool, _ now: ContinuousClock.Instant) {
        advance(now)
        let place = Int(newest % Int64(Self.length))
        seconds[place].all += count
        if areRetries { seconds[place].retries += count }
    }

    private mutating func advance(_ now: ContinuousClock.Instant) {
        let second = origin.duration(to: now).components.seconds
        if second - newest > Int64(Self.length) { newest = second - Int64(Self.length) }
        while newest < second {
            newest += 1
            seconds[Int(newest % Int64(Self.length))] = (0, 0)
        }
    }
}
