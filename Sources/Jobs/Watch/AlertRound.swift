import Domain
import Storage

/// What comes of one look: each series is judged by its rules, and what is open goes on or ends.
final class AlertRound {
    private let book: AlertBook
    private let current: RateBook
    private let past: RateBook
    private let parties: WatchParties
    private let now: Timestamp
    private var open: [String: AlertBook.Open] = [:]
    private(set) var judged = 0
    private(set) var silent = 0

    init(book: AlertBook, current: RateBook, past: RateBook, parties: WatchParties, now: Timestamp) {
        self.book = book
        self.current = current
        self.past = past
        self.parties = parties
        self.now = now
    }

    private func key(_ rule: Int64, _ subject: String) -> String { "\(rule) \(subject)" }

    func run() throws -> [Watchman.Change] {
        let rules = RuleChoice(try book.rules())
        for alert in try book.open() { open[key(alert.rule, alert.subject)] = alert }
        var changes: [Watchman.Change] = []
        var found: [AlertBook.Found] = []
        // Who was heard of in the past and is not now is judged too: silence is news.
        let subjects = Set(current.series.keys).union(past.series.keys)
        for subject in subjects.sorted(by: { $0.key < $1.key }) {
            guard let hours = current.hours(of: subject), let birth = parties.birth(of: subject) else { continue }
            let weeks = hours.weeks(since: birth)
            for rule in rules.rules(for: subject) where !rule.rule.isMuted {
                let verdict = SeriesVerdict(
                    rule.rule, current.series[subject] ?? RateSeries(), past: past.series[subject] ?? RateSeries(),
                    weeks: weeks, running: hours.running)
                if verdict.verdict == .silent { silent += 1 } else { judged += 1 }
                let known = open[key(rule.id, subject.key)]
                switch AlertState.change(verdict.verdict, seenAt: known?.seenAt, now: now) {
                case .opened:
                    found.append(.init(rule: rule, subject: subject, verdict: verdict, weeks: weeks, partOf: nil))
                case .goesOn:
                    guard let known else { continue }
                    try book.goOn(known.id, verdict, rule.rule.direction, at: now)
                    open[key(rule.id, subject.key)] = known.seen(at: now)
                case .closed, .none: break
                }
            }
        }
        // The most telling first: what it explains is a part of it.
        for one in found.sorted(by: { rank($0) < rank($1) }) {
            let alert = try book.open(
                .init(
                    rule: one.rule, subject: one.subject, verdict: one.verdict, weeks: one.weeks,
                    partOf: whole(of: one)), at: now)
            changes.append(.opened(alert))
            open[key(one.rule.id, one.subject.key)] = AlertBook.Open(alert, rule: one.rule.id, one.subject)
        }
        // What nobody found for a while, or nobody asks for any more.
        for alert in open.values.sorted(by: { $0.id < $1.id }) where now - alert.seenAt >= AlertState.patience {
            if let closed = try book.close(alert, at: now) { changes.append(.closed(closed)) }
        }
        return changes
    }

    /// A provider's failures explain those of sources, and the range of numbers explains the country's rise, that the
    /// source's, and that its cost's.
    private func rank(_ found: AlertBook.Found) -> Int {
        let order: [AlertDimension] = [.provider, .prefix, .country, .source, .tenant]
        let place = order.firstIndex(of: found.subject.dimension) ?? order.count
        return (found.rule.rule.measure == .cost ? 10 : 0) + place
    }

    /// The open alert that tells of the same trouble: volume and cost of the same source, or failures where a provider fails.
    private func whole(of found: AlertBook.Found) -> Int64? {
        let rule = found.rule.rule
        // One that pauses must be told by itself.
        guard !rule.pausesSource else { return nil }
        return open.values.filter { other in
            guard !other.isPart else { return false }
            switch rule.measure {
            case .volume where rule.direction == .rise, .cost:
                guard other.direction == .rise, other.measure == .volume || other.measure == .cost else { return false }
                return other.tenant == found.subject.tenant
                    && (found.subject.dimension == .tenant || other.source == found.subject.source)
            case .failure: return other.measure == .failure && other.provider != nil && found.subject.provider == nil
            default: return false
            }
        }.map(\.id).min()
    }
}
