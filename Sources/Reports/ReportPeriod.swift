import Domain

/// The days that a report is about: one, an ISO week, a calendar month, or any from one to another, in a time zone.
/// Months and weeks are days of that zone, so that those in which the clocks change are an hour shorter or longer.
package struct ReportPeriod: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case day, week, month, range
    }

    package let kind: Kind
    package let first: CivilDate
    package let last: CivilDate
    package let zone: String
    package let start: Timestamp
    /// The first instant that no longer belongs to it.
    package let end: Timestamp

    /// Nil where the zone is unknown, or the last day is before the first.
    package init?(_ kind: Kind, from first: CivilDate, to last: CivilDate, zone: String) {
        // Further away there is nothing, and a zone's rules can't be computed for ever.
        guard first <= last, (0...100_000).contains(first.daysSinceEpoch), last.daysSinceEpoch <= 100_000,
            let begin = ReportDay(first, zone: zone), let end = ReportDay(last, zone: zone)
        else { return nil }
        self.kind = kind
        self.first = first
        self.last = last
        self.zone = zone
        start = begin.start
        self.end = end.end
    }

    /// The period of a kind that holds a day; a range is that day.
    package init?(_ kind: Kind, holding day: CivilDate, zone: String) {
        let days = day.daysSinceEpoch
        switch kind {
        case .day, .range: self.init(kind, from: day, to: day, zone: zone)
        case .week:
            let monday = days - Self.weekday(days)
            self.init(
                kind, from: CivilDate(daysSinceEpoch: monday), to: CivilDate(daysSinceEpoch: monday + 6), zone: zone)
        case .month:
            let begin = CivilDate(daysSinceEpoch: days - day.day + 1)
            let next = CivilDate(daysSinceEpoch: begin.daysSinceEpoch + 31)
            self.init(kind, from: begin, to: CivilDate(daysSinceEpoch: next.daysSinceEpoch - next.day), zone: zone)
        }
    }

    /// Reads a name: `2026-03-01`, `2026-W09`, `2026-03`, `2026-03-01_2026-03-09`. Nil where it is none.
    package init?(name: some StringProtocol, zone: String) {
        let name = String(name)
        if let range = name.firstIndex(of: "_") {
            guard let first = CivilDate(name[..<range]), let last = CivilDate(name[name.index(after: range)...]) else {
                return nil
            }
            self.init(.range, from: first, to: last, zone: zone)
        } else if let day = CivilDate(name) {
            self.init(.day, holding: day, zone: zone)
        } else if name.utf8.count == 8, name.dropFirst(4).hasPrefix("-W") {
            guard let day = CivilDate("\(name.prefix(4))-01-04"), let week = Int(name.suffix(2)), week > 0 else {
                return nil
            }
            let monday = day.daysSinceEpoch - Self.weekday(day.daysSinceEpoch) + 7 * (week - 1)
            self.init(.week, holding: CivilDate(daysSinceEpoch: monday), zone: zone)
            guard self.name == name else { return nil }
        } else if name.utf8.count == 7, let day = CivilDate(name + "-01") {
            self.init(.month, holding: day, zone: zone)
        } else {
            return nil
        }
    }

    /// As files are named.
    package var name: String {
        switch kind {
        case .day: first.description
        case .month: String(first.description.prefix(7))
        case .range: "\(first)_\(last)"
        case .week:
            // A week belongs to the year of its Thursday.
            Self.weekName(thursday: CivilDate(daysSinceEpoch: first.daysSinceEpoch + 3))
        }
    }

    /// The one after it, and the one before it; of a range the same.
    package var next: ReportPeriod? {
        ReportPeriod(kind, holding: CivilDate(daysSinceEpoch: last.daysSinceEpoch + 1), zone: zone)
    }
    package var previous: ReportPeriod? {
        ReportPeriod(kind, holding: CivilDate(daysSinceEpoch: first.daysSinceEpoch - 1), zone: zone)
    }

    package var days: [CivilDate] {
        (first.daysSinceEpoch...last.daysSinceEpoch).map { CivilDate(daysSinceEpoch: $0) }
    }

    /// Monday is 0.
    private static func weekday(_ days: Int) -> Int { (days + 3) % 7 }

    private static func weekName(thursday: CivilDate) -> String {
        let newYear = CivilDate(year: thursday.year, month: 1, day: 1)?.daysSinceEpoch ?? 0
        return "\(pad(thursday.year, 4))-W\(pad((thursday.daysSinceEpoch - newYear) / 7 + 1, 2))"
    }
}
