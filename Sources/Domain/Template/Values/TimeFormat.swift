/// Formats a time by C's `strftime` notation, in English, with glibc's flags (`%-d`, `%_H`, `%^a`) and widths.
enum TimeFormat {
    /// A width beyond this is no layout but an attack.
    private static let widthLimit = 1024

    static func format(_ time: CivilTime, _ pattern: String) -> String {
        var result = ""
        var scalars = pattern.unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            let before = scalars
            var directive = Directive()
            if let text = directive.read(&scalars, time) {
                result += text
            } else {
                result += "%"
                scalars = before
            }
        }
        return result
    }

    /// One `%…` with its flags.
    private struct Directive {
        private var pad: Character?
        private var noPad = false
        private var isUpper = false
        private var swapsCase = false
        private var width = 0

        /// The text that it stands for, or nil when it is none.
        mutating func read(_ scalars: inout Substring.UnicodeScalarView, _ time: CivilTime) -> String? {
            flags: while let flag = scalars.first {
                switch flag {
                case "-": noPad = true
                case "_": (pad, noPad) = (" ", false)
                case "0": (pad, noPad) = ("0", false)
                case "^": isUpper = true
                case "#": swapsCase = true
                default: break flags
                }
                scalars.removeFirst()
            }
            while let digit = scalars.first, digit.value &- 0x30 < 10 {
                width = min(widthLimit, width * 10 + Int(digit.value - 0x30))
                scalars.removeFirst()
            }
            if let modifier = scalars.first, modifier == "E" || modifier == "O" { scalars.removeFirst() }
            guard let code = scalars.popFirst() else { return nil }
            return text(code, time)
        }

        private func text(_ code: Unicode.Scalar, _ time: CivilTime) -> String? {
            let hour12 = time.hour % 12 == 0 ? 12 : time.hour % 12
            switch code {
            case "a": return word(String(CivilTime.dayNames[time.weekday].prefix(3)))
            case "A": return word(CivilTime.dayNames[time.weekday])
            case "b", "h": return word(String(CivilTime.monthNames[time.month - 1].prefix(3)))
            case "B": return word(CivilTime.monthNames[time.month - 1])
            case "c": return composed(time, "%a %b %e %H:%M:%S %Y")
            case "C": return number(time.year / 100, 2)
            case "d": return number(time.day, 2)
            case "D", "x": return composed(time, "%m/%d/%y")
            case "e": return number(time.day, 2, " ")
            case "f": return CivilTime.padded(time.microsecond, 6)
            case "F": return composed(time, "%Y-%m-%d")
            case "g": return number(time.isoWeek.year % 100, 2)
            case "G": return number(time.isoWeek.year, 4)
            case "H": return number(time.hour, 2)
            case "I": return number(hour12, 2)
            case "j": return number(time.dayOfYear, 3)
            case "k": return number(time.hour, 2, " ")
            case "l": return number(hour12, 2, " ")
            case "m": return number(time.month, 2)
            case "M": return number(time.minute, 2)
            case "n": return padded("\n")
            case "p":
                let half = time.hour < 12 ? "AM" : "PM"
                return padded(swapsCase ? half.lowercased() : half)
            case "P": return padded(isUpper ? (time.hour < 12 ? "AM" : "PM") : (time.hour < 12 ? "am" : "pm"))
            case "r": return composed(time, "%I:%M:%S %p")
            case "R": return composed(time, "%H:%M")
            case "s": return number(time.epoch, 1)
            case "S": return number(time.second, 2)
            case "t": return padded("\t")
            case "T", "X": return composed(time, "%H:%M:%S")
            case "u": return number(time.weekday + 1, 1)
            case "U": return number((time.dayOfYear + 6 - (time.weekday + 1) % 7) / 7, 2)
            case "V": return number(time.isoWeek.week, 2)
            case "w": return number((time.weekday + 1) % 7, 1)
            case "W": return number((time.dayOfYear + 6 - time.weekday) / 7, 2)
            case "y": return number(time.year % 100, 2)
            // Years below 1000 are not padded: so does Python on glibc.
            case "Y": return number(time.year, 1)
            case "z": return zoneOffset(time)
            case "Z": return zoneName(time)
            case "%": return padded("%")
            default: return nil
            }
        }

        private func number(_ value: Int, _ digits: Int, _ usual: Character = "0") -> String {
            if noPad { return padded("\(value)", with: "0", width: width) }
            let fill = pad ?? usual
            return padded(CivilTime.padded(value, digits, with: fill), with: fill, width: width)
        }

        private func word(_ text: String) -> String { padded(isUpper || swapsCase ? text.uppercased() : text) }

        private func composed(_ time: CivilTime, _ pattern: String) -> String {
            let text = TimeFormat.format(time, pattern)
            return padded(isUpper ? text.uppercased() : text)
        }

        private func padded(_ text: String) -> String {
            padded(text, with: pad ?? " ", width: width)
        }

        private func padded(_ text: String, with fill: Character, width: Int) -> String {
            String(repeating: fill, count: max(0, width - text.count)) + text
        }

        private func zoneOffset(_ time: CivilTime) -> String {
            guard let offset = time.offset else { return "" }
            let distance = abs(offset)
            let seconds = distance % 60 > 0 ? CivilTime.padded(distance % 60, 2) : ""
            return (offset < 0 ? "-" : "+") + CivilTime.padded(distance / 3600, 2)
                + CivilTime.padded(distance / 60 % 60, 2) + seconds
        }

        private func zoneName(_ time: CivilTime) -> String {
            time.zone ?? ""
        }
    }
}
