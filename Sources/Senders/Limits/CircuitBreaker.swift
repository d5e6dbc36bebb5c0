import Domain

/// Decides whether a provider is well, from the ends of its calls and from their silence. Pure: events and the
/// time in, a state out; needs no timer, only to be asked now and then.
///
/// - closed -> open: too many errors or time-outs in the last ten seconds, or calls under way and no answer to
///   any of them for longer than answers take (`silence`).
/// - open -> probing: the hold is over. -> closed: it fell silent, and most of the calls were answered after all.
/// - probing (a few real messages at a time) -> returning: enough of them were answered. -> open: one was not.
/// - returning (10, 25, 50% of the traffic) -> closed: it stayed well all the time. -> open: a relapse.
///
/// A provider that sheds its load gets it back step by step: switching all of it to and fro is what takes two
/// providers down instead of one. Each relapse doubles the hold.
struct CircuitBreaker {
    enum State: Sendable, Hashable {
        case closed
        case open(until: ContinuousClock.Instant)
        case probing
        /// A place in `shares`.
        case returning(stage: Int)
    }

    static let probes = 5
    static let shares = [10, 25, 50]
    static let stageLength: Duration = .seconds(8)
    /// Well for so long, and an opening is no relapse any more.
    private static let recovered: Duration = .seconds(60)
    /// A silence that says something by itself, where fewer calls than this are under way it must be twice as long.
    private static let fewestSilent = 3

    private let settings: BreakerSettings?
    private(set) var state = State.closed
    private(set) var since: ContinuousClock.Instant
    private var window: CallWindow
    private var latency: LatencySketch
    /// Messages in the busiest second before it opened: what the shares are shares of.
    private(set) var rateBefore = 0
    private var calls: CallsUnderWay
    private var openings = 0
    private var probesAnswered = 0
    private var silentCalls: (opened: Int, answered: Int)?

    init(settings: BreakerSettings?, now: ContinuousClock.Instant) {
        self.settings = settings
        since = now
        window = CallWindow(now: now)
        latency = LatencySketch(now: now)
        calls = CallsUnderWay(now: now)
    }

    var inFlight: Int { calls.all }
    /// Those that began in this state or one that it grew out of, not before it fell sick.
    var freshInFlight: Int { calls.fresh }

    var share: Int {
        switch state {
        case .closed: 100
        case .open: 0
        case .probing: Self.shares[0]
        case .returning(let stage): Self.shares[stage]
        }
    }

    mutating func totals(_ now: ContinuousClock.Instant) -> CallWindow.Second { window.totals(now) }
    mutating func latency(_ share: Double) -> Duration? { latency.quantile(share) }

    mutating func granted(_ count: Int, _ now: ContinuousClock.Instant) { window.granted(count, now) }

    /// A call is under way.
    mutating func began(_ now: ContinuousClock.Instant) { calls.began(now) }

    /// A call has ended; exactly once for each that began. Nil: we gave it up, which says nothing.
    mutating func ended(_ end: CallEnd?, after time: Duration, _ now: ContinuousClock.Instant) {
        let isFresh = calls.ended(end, after: time, now)
        guard let end else { return }
        if end == .healthy { latency.add(time, now) }
        if !isFresh || isOpen { noteLate(end, now) }
        guard isFresh else { return }
        window.add(end, now)
        switch state {
        case .open: break
        case .probing: judgeProbe(end, now)
        case .closed, .returning: if end != .healthy { judge(now) }
        }
    }

    private var isOpen: Bool { if case .open = state { true } else { false } }

    /// Notices what only time can tell.
    mutating func check(_ now: ContinuousClock.Instant) {
        guard settings != nil else { return }
        switch state {
        case .open(let until):
            if now >= until { probe(now) }
        case .closed:
            if isSilent(now) { open(now, bySilence: true) }
            if openings > 0, since.duration(to: now) > Self.recovered { openings = 0 }
        case .probing:
            if isSilent(now) { open(now, bySilence: true) }
        case .returning(let stage):
            if isSilent(now) {
                open(now, bySilence: true)
            } else if since.duration(to: now) >= Self.stageLength {
                enter(stage + 1 < Self.shares.count ? .returning(stage: stage + 1) : .closed, now)
            }
        }
    }

    // MARK: Silence

    /// No answer for so long is a fault, where calls are under way all the time.
    var silence: Duration {
        mutating get {
            guard let usual = latency.quantile(0.99) else { return .milliseconds(1500) }
            return min(max(usual * 4, .milliseconds(500)), .seconds(5))
        }
    }

    private mutating func isSilent(_ now: ContinuousClock.Instant) -> Bool {
        guard calls.fresh > 0 else { return false }
        let time = calls.silentSince.duration(to: now)
        // Most asks end here: the history is not looked at.
        guard time > .milliseconds(500) else { return false }
        return time > (calls.fresh >= Self.fewestSilent ? silence : silence * 2)
    }

    /// An answer to a call from before: where it only was slow, it was no fault.
    private mutating func noteLate(_ end: CallEnd, _ now: ContinuousClock.Instant) {
        guard let silent = silentCalls else { return }
        guard end == .healthy || end == .throttled else {
            silentCalls = nil
            return
        }
        silentCalls = (silent.opened, silent.answered + 1)
        if (silent.answered + 1) * 2 > silent.opened {
            calls.refresh(now)
            enter(.closed, now)
        }
    }

    // MARK: Judging

    private mutating func judge(_ now: ContinuousClock.Instant) {
        guard let settings else { return }
        let sum = window.totals(now)
        let fewest = state == .closed ? settings.fewestCalls : min(settings.fewestCalls, Self.probes)
        guard sum.judged >= fewest else { return }
        if sum.errorShare >= settings.errorShare {
            open(now, bySilence: false)
        } else if sum.timeOutShare >= settings.timeOutShare {
            open(now, bySilence: false)
        }
    }

    private mutating func judgeProbe(_ end: CallEnd, _ now: ContinuousClock.Instant) {
        switch end {
        case .healthy:
            probesAnswered += 1
            if probesAnswered >= Self.probes { enter(.returning(stage: 0), now) }
        case .throttled: break
        case .failed, .timedOut: open(now, bySilence: false)
        }
    }

    private mutating func open(_ now: ContinuousClock.Instant, bySilence: Bool) {
        guard let settings else { return }
        if state == .closed { rateBefore = window.peak(now) }
        silentCalls = bySilence ? (calls.fresh, 0) : nil
        var hold = settings.hold
        var doublings = openings
        while doublings > 0, hold < settings.longestHold {
            hold = hold * 2
            doublings -= 1
        }
        openings += 1
        // Processes that saw the same fault must not come back in the same instant.
        let length = min(hold, settings.longestHold) * Double.random(in: 0.8...1.2)
        enter(.open(until: now + length), now)
    }

    private mutating func probe(_ now: ContinuousClock.Instant) {
        calls.separate(now)
        window = CallWindow(now: now)
        probesAnswered = 0
        enter(.probing, now)
    }

    private mutating func enter(_ next: State, _ now: ContinuousClock.Instant) {
        state = next
        since = now
        if next == .closed { silentCalls = nil }
    }
}
