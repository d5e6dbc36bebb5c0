import Domain
import TestSupport
import Testing

@testable import Senders

/// Gives the same draw for ever: all bits set draws the longest wait.
private struct FixedRandom: RandomNumberGenerator {
    var value: UInt64 = .max
    mutating func next() -> UInt64 { value }
}

@Suite struct RouteTests {
    enum Next: Equatable { case sent, failed, unknown, expired, same(Duration), other }

    struct Row: CustomTestStringConvertible, Sendable {
        var outcome: Outcome
        var mode: DeliveryMode
        var step = 0
        var tries = 1
        var throttles = 0
        var doubted = false
        var remaining: Duration?
        var next: Next
        var testDescription: String {
            "\(outcome) \(mode) \(step)/\(tries)/\(throttles) \(doubted) \(String(describing: remaining))"
        }
    }

    static let sent = Outcome.sent(reference: "r", cost: nil)
    static let throttled = Outcome.throttled(after: .seconds(7))
    static let temporary = Outcome.temporary(reason: "busy")
    static let notSent = Outcome.notSent(reason: "refused")
    static let permanent = Outcome.permanent(reason: "no such number")
    static let inDoubt = Outcome.inDoubt(reason: "no answer")
    static let once = DeliveryMode.atMostOnce
    static let least = DeliveryMode.atLeastOnce

    /// Two providers, three tries each, the first wait at most 10 s.
    static let rows: [Row] = [
        // Both modes alike: answers that say that nothing was sent, or that it was.
        Row(outcome: sent, mode: once, next: .sent),
        Row(outcome: sent, mode: least, step: 1, doubted: true, next: .sent),
        Row(outcome: sent, mode: once, remaining: .seconds(-1), next: .sent),
        Row(outcome: permanent, mode: once, next: .failed),
        Row(outcome: permanent, mode: least, next: .failed),
        Row(outcome: permanent, mode: least, step: 1, doubted: true, next: .unknown),
        Row(outcome: throttled, mode: once, next: .same(.seconds(7))),
        Row(outcome: throttled, mode: least, next: .same(.seconds(7))),
        Row(outcome: throttled, mode: once, tries: 3, next: .same(.seconds(7))),
        Row(outcome: throttled, mode: once, throttles: 4, next: .other),
        Row(outcome: throttled, mode: once, step: 1, throttles: 4, next: .same(.seconds(7))),
        Row(outcome: throttled, mode: once, remaining: .seconds(8), next: .same(.seconds(7))),
        Row(outcome: throttled, mode: once, remaining: .seconds(7), next: .other),
        Row(outcome: throttled, mode: once, step: 1, remaining: .seconds(7), next: .expired),
        Row(outcome: throttled, mode: least, step: 1, doubted: true, remaining: .seconds(7), next: .unknown),
        Row(outcome: throttled, mode: once, remaining: .zero, next: .expired),
        Row(outcome: temporary, mode: once, next: .same(.seconds(10))),
        Row(outcome: temporary, mode: least, tries: 2, next: .same(.seconds(20))),
        Row(outcome: temporary, mode: once, tries: 3, next: .other),
        Row(outcome: temporary, mode: once, step: 1, tries: 3, next: .failed),
        Row(outcome: temporary, mode: least, step: 1, tries: 3, doubted: true, next: .unknown),
        Row(outcome: temporary, mode: least, remaining: .seconds(5), next: .other),
        Row(outcome: temporary, mode: least, step: 1, remaining: .seconds(5), next: .expired),
        Row(outcome: temporary, mode: least, remaining: .zero, next: .expired),
        Row(outcome: temporary, mode: once, step: 1, tries: 2, throttles: 3, remaining: .seconds(5), next: .expired),
        // Provably not sent: on at once, in every mode.
        Row(outcome: notSent, mode: once, next: .other),
        Row(outcome: notSent, mode: least, next: .other),
        Row(outcome: notSent, mode: once, step: 1, next: .same(.seconds(10))),
        Row(outcome: notSent, mode: once, step: 1, tries: 3, next: .failed),
        Row(outcome: notSent, mode: once, remaining: .seconds(1), next: .other),
        Row(outcome: notSent, mode: once, step: 1, remaining: .seconds(1), next: .expired),
        Row(outcome: notSent, mode: once, remaining: .seconds(-5), next: .expired),
        // In doubt: the modes part.
        Row(outcome: inDoubt, mode: once, next: .unknown),
        Row(outcome: inDoubt, mode: once, step: 1, next: .unknown),
        Row(outcome: inDoubt, mode: once, remaining: .zero, next: .unknown),
        Row(outcome: inDoubt, mode: least, next: .other),
        Row(outcome: inDoubt, mode: least, step: 1, next: .same(.seconds(10))),
        Row(outcome: inDoubt, mode: least, step: 1, tries: 3, next: .unknown),
        Row(outcome: inDoubt, mode: least, remaining: .zero, next: .unknown),
        Row(outcome: inDoubt, mode: least, step: 1, remaining: .seconds(1), next: .unknown),
    ]

    @Test(arguments: rows) func truthTable(row: Row) throws {
        let policy = RetryPolicy(maxAttempts: 3, maxThrottles: 4, base: .seconds(10), cap: .seconds(60))
        let route = try #require(Route([policy, policy]))
        let position = RoutePosition(
            step: row.step, tries: row.tries, throttles: row.throttles, attempt: 9, isDoubted: row.doubted)
        var random = FixedRandom()
        let decision = route.decide(
            row.outcome, at: position, mode: row.mode, remaining: row.remaining, using: &random)
        switch (decision, row.next) {
        case (.sent, .sent), (.failed, .failed), (.unknown, .unknown), (.expired, .expired):
            #expect(decision.isFinal)
        case (.retrySame(let next, let wait), .same(let expected)):
            #expect(abs((wait - expected) / .seconds(1)) < 0.001)
            #expect(next.step == row.step && next.attempt == 10)
            let isThrottle = row.outcome == Self.throttled
            #expect(next.tries == row.tries + (isThrottle ? 0 : 1))
            #expect(next.throttles == row.throttles + (isThrottle ? 1 : 0))
            #expect(next.isDoubted == (row.doubted || row.outcome == Self.inDoubt))
        case (.nextProvider(let next), .other):
            #expect(next.step == 1 && next.tries == 1 && next.throttles == 0 && next.attempt == 10)
            #expect(next.isDoubted == (row.doubted || row.outcome == Self.inDoubt))
        default:
            Issue.record("got \(decision)")
        }
    }

    /// Whatever comes, a message ends, within the sum of its tries.
    @Test func everyWalkEnds() throws {
        let policy = RetryPolicy(maxAttempts: 3, maxThrottles: 4, base: .seconds(1), cap: .seconds(2))
        let route = try #require(Route([policy, policy, policy]))
        let outcomes = [Self.throttled, Self.temporary, Self.notSent, Self.inDoubt]
        var random = SeededRandom(seed: 2026)
        for _ in 0..<500 {
            var position = RoutePosition.start
            var hadDoubt = false
            while true {
                let outcome = outcomes.randomElement(using: &random) ?? Self.notSent
                if outcome == Self.inDoubt { hadDoubt = true }
                let decision = route.decide(outcome, at: position, mode: .atLeastOnce, remaining: nil, using: &random)
                if case .retrySame(let next, _) = decision { position = next }
                if case .nextProvider(let next) = decision { position = next }
                if decision.isFinal {
                    if case .failed = decision { #expect(!hadDoubt) }
                    break
                }
                #expect(position.attempt <= 3 * (3 + 4) + 1)
            }
        }
    }

    @Test func emptyRouteIsRefused() {
        #expect(Route([]) == nil)
    }

    @Test func shortenedRouteStandsOnItsLastStep() throws {
        let route = try #require(Route([.bulk, .urgent]))
        #expect(route.policy(at: RoutePosition(step: 4)) == .urgent)
    }
}

@Suite struct RetryPolicyTests {
    @Test(arguments: [(1, 10.0), (2, 20), (3, 40), (4, 60), (5, 60), (400, 60)])
    func limitDoublesUpToTheCap(tries: Int, limit: Double) {
        let policy = RetryPolicy(maxAttempts: 5, base: .seconds(10), cap: .seconds(60))
        var longest = FixedRandom()
        var shortest = FixedRandom(value: 0)
        #expect(abs(policy.backoff(tries: tries, using: &longest) / .seconds(1) - limit) < 0.001)
        #expect(policy.backoff(tries: tries, using: &shortest) == .zero)
    }

    @Test func jitterIsSpreadOverTheWhole() {
        let policy = RetryPolicy(maxAttempts: 5, base: .seconds(10), cap: .seconds(60))
        var random = SeededRandom(seed: 2026)
        var buckets = Array(repeating: 0, count: 4)
        for _ in 0..<4000 {
            let wait = policy.backoff(tries: 1, using: &random) / .seconds(1)
            buckets[Int(wait / 2.5)] += 1
        }
        for bucket in buckets { #expect(bucket > 800 && bucket < 1200) }
    }
}
