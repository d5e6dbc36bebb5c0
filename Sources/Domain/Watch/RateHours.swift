/// The quarters of an hour that a look is about: of now, and of the same hours of past weeks. The same by the clock on
/// the wall where the tenant is: people get up, shops open and campaigns go out by it, also in the weeks after it was
/// set forward or back.
///
/// Of each week twelve quarters: the hour before the last, the last full one, and the one that runs.
package struct RateHours: Sendable, Hashable {
    package static let weeks = 8
    package static let quarters = 12
    package static let quarter: Duration = .seconds(900)

    /// When the running hour began, and the same hour of each week before, the latest first.
    package let starts: [Timestamp]
    /// The one that runs: 8 to 11.
    package let running: Int
    private let places: [Timestamp: Place]

    package struct Place: Sendable, Hashable {
        /// 0: now.
        package let week: Int
        package let quarter: Int

        package init(week: Int, quarter: Int) {
            self.week = week
            self.quarter = quarter
        }
    }

    package init(starts: [Timestamp], now: Timestamp) {
        self.starts = starts
        let first = starts.first ?? now
        running = 8 + min(3, max(0, Int((now - first).seconds / Self.quarter.seconds)))
        var places: [Timestamp: Place] = [:]
        for (week, start) in starts.enumerated() {
            for quarter in 0..<Self.quarters where week > 0 || quarter <= running {
                places[Self.bucket(start, quarter)] = Place(week: week, quarter: quarter)
            }
        }
        self.places = places
    }

    private static func bucket(_ start: Timestamp, _ quarter: Int) -> Timestamp {
        start + .seconds(Int64(quarter - 8) * 900)
    }

    package func place(of bucket: Timestamp) -> Place? { places[bucket] }

    package var buckets: [Timestamp] { Array(places.keys) }

    /// How many of the past weeks somebody was there who is since then.
    package func weeks(since birth: Timestamp) -> Int {
        starts.dropFirst().prefix { $0 - .seconds(7200) >= birth }.count
    }
}
