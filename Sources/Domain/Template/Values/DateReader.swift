/// Reads dates as people write them: `2024-03-01T08:00Z`, `1 March 2024`, `03/01/24 8pm`. The rules are those of
/// python-dateutil, which python-liquid uses; what is missing is taken from today at midnight.
struct DateReader {
    private struct Unreadable: Error {}

    private var tokens: [String]
    private var at = 0
    private var days = DayParts()
    private var weekday: Int?
    private var hour: Int?
    private var minute: Int?
    private var second: Int?
    private var microsecond: Int?
    private var zone: String?
    private var offset: Int?
    private let today: CivilTime

    /// The time that `text` means, or nil where it means none.
    static func read(_ text: String, today: CivilTime) -> CivilTime? {
        // Longer text is no date, and must not cost the time to find that out.
        guard text.utf8.count <= 200 else { return nil }
        var reader = DateReader(tokens: DateTokens.split(text), today: today)
        return try? reader.read()
    }

    private init(tokens: [String], today: CivilTime) {
        self.tokens = tokens
        self.today = today
    }

    private func token(_ index: Int) throws(Unreadable) -> String {
        guard index >= 0, index < tokens.count else { throw Unreadable() }
        return tokens[index]
    }

    private func optional(_ index: Int) -> String { index >= 0 && index < tokens.count ? tokens[index] : "" }

    private func number(_ text: some StringProtocol) throws(Unreadable) -> Int {
        guard !text.isEmpty, text.utf8.count < 10, let value = Int(text), value >= 0 else { throw Unreadable() }
        return value
    }

    // MARK: Words

    private static let jumps: Set<String> = [
        " ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of", "st", "nd", "rd", "th",
    ]

    private func isJump(_ token: String) -> Bool { Self.jumps.contains(token.lowercased()) }

    private func weekday(_ token: String) -> Int? {
        let name = token.lowercased()
        return CivilTime.dayNames.firstIndex { $0.lowercased() == name || $0.prefix(3).lowercased() == name }
    }

    private func month(_ token: String) -> Int? {
        let name = token.lowercased()
        if name == "sept" { return 9 }
        return CivilTime.monthNames.firstIndex { $0.lowercased() == name || $0.prefix(3).lowercased() == name }
            .map { $0 + 1 }
    }

    /// 0 for hours, 1 for minutes, 2 for seconds.
    private func clockUnit(_ token: String) -> Int? {
        switch token.lowercased() {
        case "h", "hour", "hours": 0
        case "m", "minute", "minutes": 1
        case "s", "second", "seconds": 2
        default: nil
        }
    }

    /// 0 before noon, 1 after.
    private func half(_ token: String) -> Int? {
        switch token.lowercased() {
        case "am", "a": 0
        case "pm", "p": 1
        default: nil
        }
    }

    private func isUTC(_ token: String) -> Bool { ["utc", "gmt", "z"].contains(token.lowercased()) }

    private func mayBeZone(_ token: String) -> Bool {
        hour != nil && zone == nil && offset == nil && token.count <= 5
            && (token.unicodeScalars.allSatisfy { ("A"..."Z").contains($0) }
                || ["UTC", "GMT", "Z", "z"].contains(token))
    }

    // MARK: Reading

    private mutating func read() throws -> CivilTime {
        while at < tokens.count {
            try readToken()
            at += 1
        }
        return try time()
    }

    private mutating func readToken() throws(Unreadable) {
        let token = tokens[at]
        if Self.isNumeric(token) {
            try readNumber()
        } else if ["nan", "inf", "infinity"].contains(token.lowercased()) {
            throw Unreadable()
        } else if let day = weekday(token) {
            weekday = day
        } else if let month = month(token) {
            try readMonth(month)
        } else if let half = half(token) {
            guard let hour, (0...12).contains(hour) else { throw Unreadable() }
            self.hour = Self.adjusted(hour, half)
        } else if mayBeZone(token) {
            zone = token
            offset = ["utc", "gmt", "z"].contains(token) ? 0 : nil
            if ["+", "-"].contains(optional(at + 1)) {
                // "GMT+3" says how far the clock is ahead: the other way round than an offset.
                tokens[at + 1] = tokens[at + 1] == "+" ? "-" : "+"
                offset = nil
                if isUTC(token) { zone = nil }
            }
        } else if hour != nil, token == "+" || token == "-" {
            try readOffset(token == "+" ? 1 : -1)
        } else if !isJump(token) {
            throw Unreadable()
        }
    }

    private mutating func readMonth(_ month: Int) throws(Unreadable) {
        try append(month, as: .month)
        guard at + 1 < tokens.count else { return }
        let separator = tokens[at + 1]
        if separator == "-" || separator == "/" {
            try append(try token(at + 2))
            if at + 3 < tokens.count, tokens[at + 3] == separator {
                try append(try token(at + 4))
                at += 2
            }
            at += 2
        } else if at + 4 < tokens.count, separator == " ", tokens[at + 3] == " ",
            tokens[at + 2].lowercased() == "of"
        {
            if Self.isDigits(tokens[at + 4]) {
                let year = fullYear(try number(tokens[at + 4]))
                try append("\(year)", as: .year)
            }
            at += 4
        }
    }

    private mutating func readOffset(_ sign: Int) throws(Unreadable) {
        let digits = try token(at + 1)
        let hours: Int
        let minutes: Int
        if digits.count == 4 {
            hours = try number(digits.prefix(2))
            minutes = try number(digits.suffix(2))
        } else if optional(at + 2) == ":" {
            hours = try number(digits)
            minutes = try number(try token(at + 3))
            at += 2
        } else if digits.count <= 2 {
            hours = try number(digits)
            minutes = 0
        } else {
            throw Unreadable()
        }
        offset = sign * (hours * 3600 + minutes * 60)
        if at + 5 < tokens.count, isJump(tokens[at + 2]), tokens[at + 3] == "(", tokens[at + 5] == ")",
            tokens[at + 4].count >= 3
        {
            let saved = offset
            offset = nil
            if mayBeZone(tokens[at + 4]) {
                zone = tokens[at + 4]
                at += 4
            }
            offset = saved
        }
        at += 1
    }

    private mutating func readNumber() throws(Unreadable) {
        let token = tokens[at]
        let length = token.utf8.count
        let digits = token.prefix { $0 != "." }
        let next = optional(at + 1)
        let isLast = at + 1 >= tokens.count
        let pointAt = token.firstIndex(of: ".").map { token.distance(from: token.startIndex, to: $0) }
        func part(_ from: Int, _ to: Int) throws(Unreadable) -> Int {
            try number(token.dropFirst(from).prefix(to - from))
        }

        if days.count == 3, length == 2 || length == 4, hour == nil, isLast || (next != ":" && clockUnit(next) == nil) {
            hour = try part(0, 2)
            if length == 4 { minute = try part(2, 4) }
        } else if length == 6 || (length > 6 && pointAt == 6) {
            if days.count == 0, pointAt == nil {
                try append(String(token.prefix(2)))
                try append(String(token.dropFirst(2).prefix(2)))
                try append(String(token.dropFirst(4)))
            } else {
                hour = try part(0, 2)
                minute = try part(2, 4)
                try setSeconds(String(token.dropFirst(4)))
            }
        } else if [8, 12, 14].contains(length) {
            try append(String(token.prefix(4)), as: .year)
            try append(String(token.dropFirst(4).prefix(2)))
            try append(String(token.dropFirst(6).prefix(2)))
            if length > 8 {
                hour = try part(8, 10)
                minute = try part(10, 12)
                if length > 12 { second = try part(12, length) }
            }
        } else if let unitAt = clockUnitPlace() {
            let unit = clockUnit(tokens[unitAt]).map { unitAt > at ? $0 : $0 + 1 }
            if unitAt > at { at = unitAt }
            try setClock(token, unit)
        } else if at + 2 < tokens.count, next == ":" {
            hour = try number(digits)
            try setMinutes(tokens[at + 2])
            if at + 4 < tokens.count, tokens[at + 3] == ":" {
                try setSeconds(tokens[at + 4])
                at += 2
            }
            at += 2
        } else if !isLast, next == "-" || next == "/" || next == "." {
            try readSeparated(next)
        } else if isLast || isJump(next) {
            if at + 2 < tokens.count, let half = half(tokens[at + 2]) {
                hour = Self.adjusted(try number(digits), half)
                at += 1
            } else {
                try append(try number(digits))
            }
            at += 1
        } else {
            let whole = try number(digits)
            if let half = half(next), whole < 24 {
                hour = Self.adjusted(whole, half)
                at += 1
            } else if days.mayBeDay(whole) {
                try append(whole)
            } else {
                throw Unreadable()
            }
        }
    }

    /// `12-31-2024`, `31/Dec/2024`, `12.31`.
    private mutating func readSeparated(_ separator: String) throws(Unreadable) {
        try append(tokens[at])
        if at + 2 < tokens.count, !isJump(tokens[at + 2]) {
            if Self.isDigits(tokens[at + 2]) {
                try append(tokens[at + 2])
            } else if let month = month(tokens[at + 2]) {
                try append(month, as: .month)
            } else {
                throw Unreadable()
            }
            if at + 3 < tokens.count, tokens[at + 3] == separator {
                let third = try token(at + 4)
                if let month = month(third) { try append(month, as: .month) } else { try append(third) }
                at += 2
            }
            at += 1
        }
        at += 1
    }

    /// Where the word for hours, minutes or seconds stands that belongs to the number at `at`.
    private func clockUnitPlace() -> Int? {
        if clockUnit(optional(at + 1)) != nil { return at + 1 }
        if optional(at + 1) == " ", clockUnit(optional(at + 2)) != nil { return at + 2 }
        if at > 0, clockUnit(tokens[at - 1]) != nil { return at - 1 }
        if at > 1, at == tokens.count - 1, tokens[at - 1] == " ", clockUnit(tokens[at - 2]) != nil { return at - 2 }
        return nil
    }

    private mutating func setClock(_ token: String, _ unit: Int?) throws(Unreadable) {
        switch unit {
        case 0:
            hour = try number(token.prefix { $0 != "." })
            if let sixtieths = try sixtieths(token) { minute = sixtieths }
        case 1: try setMinutes(token)
        case 2: try setSeconds(token)
        default: break
        }
    }

    private mutating func setMinutes(_ token: String) throws(Unreadable) {
        guard Self.isNumeric(token) else { throw Unreadable() }
        minute = try number(token.prefix { $0 != "." })
        second = try sixtieths(token)
    }

    /// The fraction of a number in sixtieths, or nil where there is none.
    private func sixtieths(_ token: String) throws(Unreadable) -> Int? {
        guard let point = token.firstIndex(of: ".") else { return nil }
        let digits = token[token.index(after: point)...].prefix(9)
        guard let fraction = Int(digits), fraction > 0 else { return nil }
        var scale = 1
        for _ in digits { scale *= 10 }
        return 60 * fraction / scale
    }

    private mutating func setSeconds(_ token: String) throws(Unreadable) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw Unreadable() }
        second = try number(parts[0])
        microsecond = 0
        if parts.count == 2 {
            microsecond = try number(String((parts[1] + "000000").prefix(6)))
        }
    }

    // MARK: Days

    private mutating func append(_ value: Int, as label: DayParts.Label? = nil) throws(Unreadable) {
        guard days.append(value, label: value > 100 ? .year : label, isYear: value > 100) else { throw Unreadable() }
    }

    private mutating func append(_ text: String, as label: DayParts.Label? = nil) throws(Unreadable) {
        let isYear = text.utf8.count > 2
        guard days.append(try number(text), label: isYear ? .year : label, isYear: isYear) else { throw Unreadable() }
    }

    private static func adjusted(_ hour: Int, _ half: Int) -> Int {
        if hour < 12, half == 1 { return hour + 12 }
        return hour == 12 && half == 0 ? 0 : hour
    }

    private func fullYear(_ year: Int) -> Int {
        guard year < 100, !days.hasCentury else { return year }
        let guess = year + today.year / 100 * 100
        if guess >= today.year + 50 { return guess - 100 }
        return guess < today.year - 50 ? guess + 100 : guess
    }

    private func time() throws(Unreadable) -> CivilTime {
        guard let parts = days.resolved() else { throw Unreadable() }
        let isKnown =
            parts.year != nil || parts.month != nil || parts.day != nil || weekday != nil || hour != nil
            || minute != nil || second != nil || zone != nil || offset != nil
        guard isKnown else { throw Unreadable() }
        var time = today
        time.year = parts.year.map(fullYear) ?? today.year
        time.month = parts.month ?? today.month
        guard (1...9999).contains(time.year), (1...12).contains(time.month) else { throw Unreadable() }
        let last = CivilTime.daysInMonth(time.year, time.month)
        time.day = parts.day ?? min(today.day, last)
        time.hour = hour ?? 0
        time.minute = minute ?? 0
        time.second = second ?? 0
        time.microsecond = microsecond ?? 0
        guard (1...last).contains(time.day), (0..<24).contains(time.hour), (0..<60).contains(time.minute),
            (0..<60).contains(time.second)
        else { throw Unreadable() }
        if let weekday, parts.day == nil || parts.day == 0 {
            let ahead = (weekday - time.weekday + 7) % 7
            (time.year, time.month, time.day) = CivilTime.date(time.dayNumber + ahead)
        }
        return zoned(time)
    }

    private func zoned(_ time: CivilTime) -> CivilTime {
        var time = time
        time.offset = nil
        time.zone = nil
        if offset == 0 && zone == nil || zone == "Z" || zone == "z" || zone.map(isUTC) ?? false {
            time.offset = 0
            time.zone = "UTC"
        } else if let offset {
            time.offset = offset
            time.zone = offset == 0 ? "UTC" : zone
        }
        return time
    }

    private static func isDigits(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 &- 0x30 < 10 }
    }

    private static func isNumeric(_ text: String) -> Bool {
        var digits = 0
        var points = 0
        for byte in text.utf8 {
            if byte &- 0x30 < 10 { digits += 1 } else if byte == 0x2E { points += 1 } else { return false }
        }
        return digits > 0 && points <= 1
    }
}
