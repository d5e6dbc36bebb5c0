import Metrics
import Senders

/// What is counted of one provider account.
package final class ProviderMeter: Sendable {
    private let calls: Histogram
    /// By the number of the outcome's kind, from 1 on.
    private let outcomes: [Counter]
    private let retriesSame: Counter
    private let retriesOther: Counter

    init(calls: Histogram, outcomes: [Counter], retriesSame: Counter, retriesOther: Counter) {
        self.calls = calls
        self.outcomes = outcomes
        self.retriesSame = retriesSame
        self.retriesOther = retriesOther
    }

    func ended(_ call: ProviderCall) { calls.observe(call.duration) }

    func answered(_ found: [Outcome]) {
        var counts = [Int](repeating: 0, count: outcomes.count)
        for outcome in found { counts[Int(outcome.kind.rawValue) - 1] += 1 }
        for (counter, count) in zip(outcomes, counts) where count > 0 { counter.add(count) }
    }

    func retried(_ count: Int = 1, elsewhere: Bool) { (elsewhere ? retriesOther : retriesSame).add(count) }
}
