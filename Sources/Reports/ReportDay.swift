import Domain
private import Foundation

/// One day somewhere: from its first instant to that of the next day, so 23 or 25 hours long where the clocks
/// change. Days of one zone leave no gap and don't overlap, whatever the zone does.
package struct ReportDay: Sendable, Hashable {
    package let date: CivilDate
    /// An IANA name.
    package let zone: String
    package let start: Timestamp
    package let end: Timestamp

    /// Nil where the zone is unknown.
    package init?(_ date: CivilDate, zone: String) {
        guard let timeZone = Self.timeZone(zone) else { return nil }
        self.date = date
        self.zone = zone
        let days = date.daysSinceEpoch
        start = Self.start(of: days, in: timeZone)
        end = Self.start(of: days + 1, in: timeZone)
    }

    /// The day that an instant belongs to in a zone; nil where the zone is unknown.
    package static func date(of instant: Timestamp, zone: String) -> CivilDate? {
        timeZone(zone).map { CivilDate(daysSinceEpoch: days(at: instant.micros.floorDivided(by: 1_000_000), in: $0)) }
    }

    /// The first quarter of an hour that belongs to the day: the reports count in those, and no zone of our time
    /// starts its days otherwise. Where a zone skipped the day, that is where the next one starts.
    private static func start(of days: Int, in zone: TimeZone) -> Timestamp {
        let quarter: Int64 = 900
        // No zone is further than 15 hours from UTC.
        var second = Int64(days) * 86_400 - 16 * 3600
        while Self.days(at: second, in: zone) < days { second += quarter }
        return Timestamp(micros: second * 1_000_000)
    }

    private static func days(at second: Int64, in zone: TimeZone) -> Int {
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(second)))
        return Int((second + Int64(offset)).floorDivided(by: 86_400))
    }

    /// Only names: Foundation would take `GMT+5` and abbreviations too, which name no place's clock.
    private static func timeZone(_ name: String) -> TimeZone? {
        guard name == "UTC" || name.contains("/"), !name.contains(".."), !name.hasPrefix("/") else { return nil }
        return TimeZone(identifier: name)
    }
}
