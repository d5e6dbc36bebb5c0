/// A date and a time of day as a calendar shows them, perhaps with the distance from UTC. Gregorian throughout.
struct CivilTime: Hashable, Sendable {
    var year: Int
    var month: Int
    var day: Int
    var hour = 0
    var minute = 0
    var second = 0
    var microsecond = 0
    /// Seconds east of UTC, where the text said so.
    var offset: Int?
    /// The zone's name, where the text said so.
    var zone: String?
    /// Only the day was meant.
    var isDate = false

    static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    /// From Monday.
    static let dayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Seconds since 1970, as UTC. Nil outside of the years 1 to 9999.
    init?(epoch: Int64) {
        guard (-62_135_596_800...253_402_300_799).contains(epoch) else { return nil }
        let days = Int((epoch >= 0 ? epoch : epoch - 86_399) / 86_400)
        let seconds = Int(epoch) - days * 86_400
        (year, month, day) = Self.date(days)
        hour = seconds / 3600
        minute = seconds / 60 % 60
        second = seconds % 60
    }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    static func daysInMonth(_ year: Int, _ month: Int) -> Int {
        month == 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days from 1970-01-01 (Howard Hinnant's way: years that start in March).
    var dayNumber: Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func date(_ dayNumber: Int) -> (Int, Int, Int) {
        let z = dayNumber + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    /// 0 for Monday.
    var weekday: Int { ((dayNumber + 3) % 7 + 7) % 7 }
    /// 1 for the first of January.
    var dayOfYear: Int { dayNumber - CivilTime(year: year, month: 1, day: 1).dayNumber + 1 }

    /// Seconds since 1970 by the clock as it is shown: an offset is not taken off, as in Python's `%s`.
    var epoch: Int { dayNumber * 86_400 + hour * 3600 + minute * 60 + second }

    /// The ISO year and week.
    var isoWeek: (year: Int, week: Int) {
        let thursday = Self.date(dayNumber - weekday + 3)
        let start = CivilTime(year: thursday.0, month: 1, day: 1).dayNumber
        return (thursday.0, (dayNumber - weekday + 3 - start) / 7 + 1)
    }

    /// `2026-11-20 03:26:37.320755+00:00`, the parts that are there.
    var text: String {
        var text = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
        if isDate { return text }
        text += " \(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(second, 2))"
        if microsecond > 0 { text += ".\(Self.padded(microsecond, 6))" }
        if let offset {
            let distance = abs(offset)
            text += offset < 0 ? "-" : "+"
            text += "\(Self.padded(distance / 3600, 2)):\(Self.padded(distance / 60 % 60, 2))"
            if distance % 60 > 0 { text += ":\(Self.padded(distance % 60, 2))" }
        }
        return text
    }

    static func padded(_ value: Int, _ width: Int, with pad: Character = "0") -> String {
        let digits = "\(abs(value))"
        let fill = String(repeating: pad, count: max(0, width - digits.count - (value < 0 ? 1 : 0)))
        return value < 0 ? "-" + fill + digits : fill + digits
    }
}
