import Glibc

/// Whether a number is out of the ordinary. Two things must come together: it is beyond the rule's threshold, which says
/// what matters, and beyond the noise, as far as the past weeks show it. Either alone cries wolf: a share of two messages
/// doubles by chance, and what never varied is ten deviations off by one.
package struct AlertJudge: Sendable {
    /// A number and how many messages it rests on.
    package struct Sample: Sendable, Hashable {
        package let value: Double
        package let count: Double

        package init(_ value: Double, count: Double) {
            self.value = value
            self.count = count
        }
    }

    package enum Verdict: Sendable, Hashable {
        /// Too little is known of the past.
        case silent
        case calm
        /// 1 and more: trouble. From a half on, what was trouble still is. Then what is usual here.
        case off(score: Double, usual: Double)

        package var score: Double { if case .off(let score, _) = self { score } else { 0 } }
    }

    /// Deviations; with so few weeks to learn from, three would be crossed every other day by something.
    static let deviations = 6.0
    /// What falls can't fall further than to nothing: what varies so much that nothing is near tells nothing by its absence.
    static let fallDeviations = 4.0
    /// Below which a past week's share says nothing.
    static let leastCount = 20.0

    private let rule: AlertRule
    /// How many samples of the past there must be.
    private let leastSamples: Int

    package init(_ rule: AlertRule, leastSamples: Int) {
        self.rule = rule
        self.leastSamples = leastSamples
    }

    package func judge(_ now: Sample, past: [Sample]) -> Verdict {
        // A share of few messages is left out; where nothing was sent there is no time of answers.
        let known =
            switch rule.measure {
            case .volume, .cost: past
            case .failure, .delivery: past.filter { $0.count >= Self.leastCount }
            case .latency: past.filter { $0.count > 0 }
            }
        guard known.count >= leastSamples, let baseline = Baseline(known.map(\.value)) else { return .silent }
        let least = Double(rule.minCount)
        let score =
            switch (rule.measure, rule.direction) {
            case (.volume, .fall): fall(now.value, baseline, least)
            case (.failure, _), (.delivery, _): share(now, baseline, least, known.map(\.value))
            default: rise(now, baseline, least, known.map(\.value))
            }
        guard score > 0 else { return .calm }
        return .off(score: score, usual: baseline.usual)
    }

    /// How many times as much as usual, or as would be worth a word.
    private func rise(_ now: Sample, _ baseline: Baseline, _ least: Double, _ past: [Double]) -> Double {
        // One that goes on may be half as much.
        guard now.count >= least / 2 else { return 0 }
        let floor: Double =
            switch rule.measure {
            case .volume: least / rule.threshold
            case .cost: now.count > 0 ? now.value / now.count * least / rule.threshold : 0
            default: 1000
            }
        let usual = max(baseline.usual, floor)
        guard usual > 0, now.value > usual else { return 0 }
        let noise: Double =
            switch rule.measure {
            case .volume: max(baseline.spread, 0.1 * baseline.usual, max(baseline.usual, 1).squareRoot())
            // Money has no natural unit: the noise of as many messages.
            case .cost: max(baseline.spread, 0.1 * usual, now.value / now.count.squareRoot())
            default: max(baseline.spread, 0.1 * usual)
            }
        let times = (now.value / usual - 1) / (rule.threshold - 1)
        let deviations = (now.value - baseline.usual) / noise / Self.deviations
        return capped(min(times, deviations, multiple(of: now.value, past, beside: floor)), now.count >= least)
    }

    /// How far it is off as a multiple, against how much past weeks were: what doubles and halves by itself is lopsided, and
    /// is six plain deviations off by doubling twice. What is small beside `beside` is no difference.
    private func multiple(of value: Double, _ past: [Double], beside: Double) -> Double {
        guard let baseline = Baseline(past.map { log($0 + beside) }) else { return 0 }
        return (log(value + beside) - baseline.usual) / max(baseline.spread, 0.05) / Self.deviations
    }

    /// How much less than usual, where usually there is enough.
    private func fall(_ value: Double, _ baseline: Baseline, _ least: Double) -> Double {
        guard baseline.usual >= least, value < baseline.usual else { return 0 }
        let noise = max(baseline.spread, 0.05 * baseline.usual, baseline.usual.squareRoot())
        let times = (baseline.usual / max(value, 0.5) - 1) / (rule.threshold - 1)
        return min(times, (baseline.usual - value) / noise / Self.fallDeviations)
    }

    private func share(_ now: Sample, _ baseline: Baseline, _ least: Double, _ past: [Double]) -> Double {
        guard now.count >= least / 2 else { return 0 }
        let change = rule.direction == .rise ? now.value - baseline.usual : baseline.usual - now.value
        guard change > 0 else { return 0 }
        let likely = min(max(baseline.usual, 1 / now.count), 1 - 1 / now.count)
        let noise = max(baseline.spread, (likely * (1 - likely) / now.count).squareRoot(), 0.005)
        func bad(_ share: Double) -> Double { rule.direction == .rise ? share : 1 - share }
        let multiple = multiple(of: bad(now.value), past.map(bad), beside: 0.01)
        return capped(min(change / rule.threshold, change / noise / Self.deviations, multiple), now.count >= least)
    }

    /// What rests on too little opens nothing, and keeps open what is.
    private func capped(_ score: Double, _ isEnough: Bool) -> Double { isEnough ? score : min(score, 0.99) }
}
