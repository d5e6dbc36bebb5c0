import Domain

/// How old a signed callback may be, and how far ahead its sender's clock.
enum ReplayWindow {
    private static let seconds: Int64 = 300

    static func holds(_ time: Int64, now: Timestamp) -> Bool {
        let (age, overflow) = (now.micros / 1_000_000).subtractingReportingOverflow(time)
        return !overflow && age >= -seconds && age <= seconds
    }
}
