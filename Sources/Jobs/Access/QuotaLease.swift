import Domain
import Storage

/// What one process holds of one quota, taken in advance so that most requests pass without asking. States: unknown
/// -> held, by an answer; held -> unknown, when the period ends.
struct QuotaLease {
    let period: SourceLimits.Period
    let limit: Int64
    private(set) var left: Int64 = 0
    private(set) var started: Int64 = 0
    /// What nobody holds, as of the last answer.
    private(set) var free: Int64 = 0
    private var endsAt: ContinuousClock.Instant?
    private var heardAt: ContinuousClock.Instant?
    private var taken: Int64 = 0

    /// Others may have brought some back by then: until it is over, who is refused does not ask again.
    private static let memory: Duration = .seconds(1)
    /// A process takes at most this part of a quota in advance.
    private static let largestPart: Int64 = 20

    enum Answer: Hashable {
        case enough
        case unknown
        /// Not before the period ends.
        case exhausted
    }

    /// Where the limit was another one before, what was held of it is still held.
    init(period: SourceLimits.Period, limit: Int64, after old: QuotaLease? = nil) {
        self.period = period
        self.limit = limit
        guard let old else { return }
        (left, started, endsAt, taken) = (old.left, old.started, old.endsAt, old.taken)
        (free, heardAt) = old.limit == limit ? (old.free, old.heardAt) : (0, nil)
    }

    mutating func look(_ count: Int64, _ now: ContinuousClock.Instant) -> Answer {
        if let endsAt, endsAt <= now { self = QuotaLease(period: period, limit: limit) }
        if left >= count { return .enough }
        guard count <= left + free else {
            let isFresh = heardAt.map { $0.duration(to: now) < Self.memory } ?? false
            return isFresh ? .exhausted : .unknown
        }
        return .unknown
    }

    mutating func take(_ count: Int64) {
        left -= count
        taken += count
    }

    mutating func giveBack(_ count: Int64) {
        left += count
        taken = max(0, taken - count)
    }

    /// For a request that needs more than is left, and those that wait behind it.
    func ask(_ source: Int64, for count: Int64, waiting: Int64) -> QuotaStore.Ask {
        let ahead = max(waiting, min(2 * taken, limit / Self.largestPart))
        return .init(source: source, period: period, limit: limit, least: max(0, count - left), ahead: max(0, ahead))
    }

    /// Once a second: brings what is left to what two such seconds need. Nil where nothing changes.
    mutating func settle(_ source: Int64, _ now: ContinuousClock.Instant) -> QuotaStore.Ask? {
        guard let endsAt, endsAt > now else { return nil }
        let wanted = min(2 * taken, limit / Self.largestPart)
        taken = 0
        var ask = QuotaStore.Ask(source: source, period: period, limit: limit, since: started)
        if left > wanted {
            ask.back = left - wanted
            left = wanted
        } else {
            ask.ahead = wanted - left
        }
        return ask.back > 0 || ask.ahead > 0 ? ask : nil
    }

    /// Brings all of it back.
    mutating func end(_ source: Int64) -> QuotaStore.Ask? {
        defer { left = 0 }
        guard left > 0 else { return nil }
        return .init(source: source, period: period, limit: limit, back: left, since: started)
    }

    mutating func accept(_ answer: QuotaStore.Answer, asked: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        if answer.started != started {
            left = 0
            started = answer.started
        }
        left += answer.granted
        free = max(0, limit - answer.used)
        endsAt = asked + .seconds(answer.endsIn)
        heardAt = now
    }

    func standing(_ now: ContinuousClock.Instant) -> LimitVerdict.Standing {
        let resets = endsAt.map { max(1, now.duration(to: $0).wholeMilliseconds + 999) / 1000 } ?? 1
        let window: Int64 =
            switch period {
            case .hour: 3600
            case .day: 86_400
            case .month: 31 * 86_400
            }
        return .init(
            name: period.rawValue, quota: limit, window: window, remaining: max(0, left + free),
            resets: min(resets, window))
    }
}
