/// The time that is looked at. What rises is seen while it rises; what falls and what takes time to be known, afterwards.
package enum AlertSpell: String, Sendable, Hashable, CaseIterable {
    case runningQuarter = "running quarter"
    case lastQuarter = "last quarter"
    case lastHour = "last hour"
    /// Receipts have had an hour's time since.
    case hourBefore = "hour before"

    package static func all(of rule: AlertRule) -> [AlertSpell] {
        switch (rule.measure, rule.direction) {
        case (.delivery, _): [.hourBefore]
        case (_, .fall), (.latency, _): [.lastHour]
        default: [.runningQuarter, .lastQuarter, .lastHour]
        }
    }

    func quarters(running: Int) -> ClosedRange<Int> {
        switch self {
        case .runningQuarter: running...running
        case .lastQuarter: (running - 1)...(running - 1)
        case .lastHour: 4...7
        case .hourBefore: 0...3
        }
    }
}

/// What a rule says of a series.
package struct SeriesVerdict: Sendable, Hashable {
    package let verdict: AlertJudge.Verdict
    package let spell: AlertSpell
    /// As it is stored: messages, millionths, microseconds.
    package let value: Int64
    package let usual: Int64

    /// The worst of the spells. `weeks` is how many past weeks the subject was there; fewer than four say too little.
    package init(_ rule: AlertRule, _ series: RateSeries, past: RateSeries, weeks: Int, running: Int) {
        var found: (verdict: AlertJudge.Verdict, spell: AlertSpell, value: Double)?
        for spell in AlertSpell.all(of: rule) {
            let now = series.sum(week: 0, spell.quarters(running: running)).sample(rule.measure)
            let (samples, least) = Self.samples(rule, spell, past, weeks, running)
            let verdict = AlertJudge(rule, leastSamples: least).judge(now, past: samples)
            if found.map({ $0.verdict == .silent || verdict.score > $0.verdict.score }) ?? true {
                found = (verdict, spell, now.value)
            }
        }
        let scale: Double = rule.measure.isShare ? 1_000_000 : 1
        verdict = found?.verdict ?? .silent
        spell = found?.spell ?? .lastHour
        value = Int64(((found?.value ?? 0) * scale).rounded())
        if case .off(_, let usual) = verdict { self.usual = Int64((usual * scale).rounded()) } else { usual = 0 }
    }

    package static let leastWeeks = 4

    /// A quarter is compared with the four of its hour, each week: which of them a burst falls into is chance. Shares
    /// are compared with whole hours where quarters have too few messages.
    private static func samples(
        _ rule: AlertRule, _ spell: AlertSpell, _ past: RateSeries, _ weeks: Int, _ running: Int
    ) -> ([AlertJudge.Sample], Int) {
        guard weeks > 0 else { return ([], leastWeeks) }
        let quarters = spell.quarters(running: running)
        let hour = quarters.lowerBound < 4 ? 0...3 : quarters.lowerBound < 8 ? 4...7 : 8...11
        let hours = (1...weeks).map { past.sum(week: $0, hour).sample(rule.measure) }
        guard quarters.count == 1 else { return (hours, leastWeeks) }
        let samples = (1...weeks).flatMap { week in
            hour.map { past.sum(week: week, $0...$0).sample(rule.measure) }
        }
        let isKnown = samples.count { $0.count >= AlertJudge.leastCount } >= leastWeeks * 4
        return rule.measure.isShare && !isKnown ? (hours, leastWeeks) : (samples, leastWeeks * 4)
    }
}
