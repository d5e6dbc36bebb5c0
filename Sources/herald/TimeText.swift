import Domain
import Foundation
import Reports

/// Times and durations as people type them.
enum TimeText {
    /// `90s`, `30m`, `2h`, `3d`; several may follow each other: `1h30m`.
    static func duration(_ text: String) throws -> Duration {
        var seconds: Int64 = 0
        var number: Int64?
        for character in text {
            if let digit = character.wholeNumberValue, (0...9).contains(digit) {
                let (next, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
                guard !overflow, next < 1 << 40 else { throw bad(text) }
                number = next + Int64(digit)
                continue
            }
            let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
            guard let value = number, let unit = units[character] else { throw bad(text) }
            seconds += value * unit
            number = nil
        }
        guard number == nil, !text.isEmpty, seconds < 1 << 36 else { throw bad(text) }
        return .seconds(seconds)
    }

    private static func bad(_ text: String) -> CommandError {
        .usage("“\(text)” is not a length of time; write 90s, 30m, 2h or 3d.")
    }

    /// What a time is for, which tells what a day without an hour means.
    enum Use {
        /// When something is to happen: a day alone would be its midnight, which nobody means.
        case appointment
        /// From the beginning of a day on.
        case start
        /// Up to the end of a day.
        case end
    }

    /// An instant: RFC 3339, a local time of the zone, or `+10m` from now; for a period also a day, `today` or `yesterday`.
    static func instant(
        _ text: String, zone: String, now: Timestamp, as use: Use = .appointment
    ) throws -> Timestamp {
        if text.hasPrefix("+") { return now + (try duration(String(text.dropFirst()))) }
        if text == "now" { return now }
        if let day = day(text, zone: zone, now: now) {
            switch use {
            case .start: return day.start
            case .end: return day.end
            case .appointment:
                throw CommandError.usage("“\(text)” has no time of day; write \(day.date) 09:00.")
            }
        }
        let wrong = CommandError.usage(
            use == .appointment
                ? "“\(text)” is not a time; write 2026-03-01T09:00:00+08:00, 2026-03-01 09:00 or +10m."
                : "“\(text)” is not a time; write a day (2026-03-01, today, yesterday) or a time (2026-03-01 09:00, "
                    + "2026-03-01T09:00:00+08:00).")
        let bytes = Array(text.utf8)
        guard bytes.count >= 16, bytes[10] == 0x54 || bytes[10] == 0x74 || bytes[10] == 0x20,
            let date = CivilDate(text.prefix(10))
        else { throw wrong }
        var rest = text.dropFirst(11)
        let clock = rest.prefix { $0.isNumber || $0 == ":" || $0 == "." }
        rest = rest.dropFirst(clock.count)
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, let hour = Int(parts[0]), (0..<24).contains(hour),
            let minute = Int(parts[1]), (0..<60).contains(minute),
            let second = parts.count == 3 ? Double(parts[2]) : 0, (0..<61).contains(second)
        else { throw wrong }
        let local = Int64(date.daysSinceEpoch) * 86_400 + Int64(hour * 3600 + minute * 60)
        let micros = local * 1_000_000 + Int64(second * 1_000_000)
        if rest.isEmpty { return Timestamp(micros: micros - offset(of: zone, atLocal: local) * 1_000_000) }
        guard let offset = fixedOffset(String(rest)) else { throw wrong }
        return Timestamp(micros: micros - offset * 1_000_000)
    }

    private static func day(_ text: String, zone: String, now: Timestamp) -> ReportDay? {
        switch text {
        case "today", "yesterday":
            guard let today = ReportDay.date(of: now, zone: zone) else { return nil }
            let days = today.daysSinceEpoch - (text == "today" ? 0 : 1)
            return ReportDay(CivilDate(daysSinceEpoch: days), zone: zone)
        default: return CivilDate(text).flatMap { ReportDay($0, zone: zone) }
        }
    }

    /// `2026-11-22 00:00 Asia/Singapore`: as clocks there show it.
    static func local(_ time: Timestamp, zone name: String) -> String {
        let date = Date(timeIntervalSince1970: TimeInterval(time.micros) / 1_000_000)
        let (zone, word) = TimeZone(identifier: name).map { ($0, name) } ?? (.gmt, "UTC")
        let shown = time + .seconds(Int64(zone.secondsFromGMT(for: date)))
        return shown.description.prefix(16).replacing("T", with: " ") + " " + word
    }

    /// `Z`, `+08:00`, `-0530`, in seconds.
    private static func fixedOffset(_ text: String) -> Int64? {
        if text == "Z" || text == "z" { return 0 }
        let digits = text.dropFirst().filter { $0 != ":" }
        guard let sign = text.first, sign == "+" || sign == "-", digits.count == 4, let value = Int64(digits),
            value / 100 < 24, value % 100 < 60
        else { return nil }
        return (value / 100 * 3600 + value % 100 * 60) * (sign == "-" ? -1 : 1)
    }

    /// A zone's offset at a local time. In the hour that comes twice the first one counts; one that is
    /// skipped is read as if the clock had not been moved yet.
    private static func offset(of zone: String, atLocal local: Int64) -> Int64 {
        guard let zone = TimeZone(identifier: zone) else { return 0 }
        let asUTC = Date(timeIntervalSince1970: TimeInterval(local))
        let before = Int64(zone.secondsFromGMT(for: asUTC.addingTimeInterval(-86_400)))
        let guess = Int64(zone.secondsFromGMT(for: asUTC.addingTimeInterval(-TimeInterval(before))))
        return guess == before ? before : checked(zone, local, before, guess)
    }

    private static func checked(_ zone: TimeZone, _ local: Int64, _ before: Int64, _ guess: Int64) -> Int64 {
        let instant = Date(timeIntervalSince1970: TimeInterval(local - guess))
        return Int64(zone.secondsFromGMT(for: instant)) == guess ? guess : before
    }
}
