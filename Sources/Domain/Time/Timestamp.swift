/// An instant: microseconds since 1970-01-01T00:00:00Z, which is also how PostgreSQL counts (from 2000).
package struct Timestamp: Sendable, Hashable, Comparable {
    package var micros: Int64

    package init(micros: Int64) { self.micros = micros }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.micros < b.micros }

    package static func + (a: Timestamp, b: Duration) -> Timestamp {
        Timestamp(micros: a.micros + b.wholeMicroseconds)
    }

    package static func - (a: Timestamp, b: Duration) -> Timestamp {
        Timestamp(micros: a.micros - b.wholeMicroseconds)
    }

    package static func - (a: Timestamp, b: Timestamp) -> Duration { .microseconds(a.micros - b.micros) }
}

extension Duration {
    /// Saturates instead of trapping: a duration may come from a user's settings.
    package var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return product &+ attoseconds / 1_000_000_000_000
    }

    package var wholeMilliseconds: Int64 { wholeMicroseconds / 1000 }

    package var seconds: Double { Double(wholeMicroseconds) / 1_000_000 }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds: `2026-03-01T09:05:00.250Z`.
    package var description: String {
        let day = micros.floorDivided(by: 86_400_000_000)
        let rest = micros - day * 86_400_000_000
        let date = CivilDate(daysSinceEpoch: Int(day))
        let seconds = rest / 1_000_000
        let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { pad(Int($0), 2) }.joined(separator: ":")
        return "\(date)T\(time).\(pad(Int(rest / 1000 % 1000), 3))Z"
    }
}
