import Domain

@testable import Senders

/// A gate on a clock that moves when it is told to, and calls that end as they are told.
struct GateBench {
    let gate: ProviderGate
    let start: ContinuousClock.Instant
    private(set) var now: ContinuousClock.Instant

    init(_ settings: LimitSettings = LimitSettings()) {
        start = .now
        now = start
        gate = ProviderGate(provider: 1, settings: settings, now: start)
    }

    var standing: ProviderStanding { gate.standing(now: now) }

    mutating func pass(_ time: Duration) { now += time }

    func ask(
        _ wanted: Int, _ lane: ProviderGate.Lane = .bulk, to destination: Region = .none, retries: Bool = false
    ) -> ProviderGate.Answer {
        gate.ask(wanted, lane: lane, destination: destination, retries: retries, now: now)
    }

    /// How many of so many are let through.
    func granted(_ wanted: Int, _ lane: ProviderGate.Lane = .bulk, retries: Bool = false) -> Int {
        if case .send(let count) = ask(wanted, lane, retries: retries) { count } else { 0 }
    }

    var isOut: Bool { if case .out = ask(1) { true } else { false } }

    func began(_ count: Int = 1) { for _ in 0..<count { gate.began(now: now) } }

    /// Calls that began so long ago end.
    func ended(_ end: CallEnd?, _ count: Int = 1, after latency: Duration = .milliseconds(20)) {
        for _ in 0..<count { gate.ended(end, after: latency, now: now) }
    }

    /// So many calls, one after the other.
    mutating func calls(_ end: CallEnd, _ count: Int, taking latency: Duration = .milliseconds(20)) {
        for _ in 0..<count {
            began()
            pass(latency)
            ended(end, after: latency)
        }
    }

    /// All of every limit is this process's own, settled each second from now on.
    func settle() {
        gate.accept(SoleLedger().settle(gate.demand(now: now)), asked: now, now: now)
    }

    /// Time goes by in small steps, as with the ticker.
    mutating func tick(_ time: Duration, step: Duration = .milliseconds(100)) {
        let end = now + time
        while now < end {
            pass(min(step, now.duration(to: end)))
            gate.check(now: now)
        }
    }
}
