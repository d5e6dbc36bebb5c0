extension PhoneDamage {
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// `2024-01-02`, `01/02/2024`, `1.2.24`, `12-Mar-45`, `Mar-45`, with or without a time after it.
    static func isDate(_ text: borrowing Span<UInt8>) -> Bool {
        var parts: [String] = []
        var part: [UInt8] = []
        var separator: UInt8?
        scan: for index in text.indices {
            let byte = text[index]
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A:
                if byte == 0x54, !part.isEmpty, parts.count == 2 { break scan }  // 2024-01-02T00:00:00
                part.append(byte)
            case 0x2D, 0x2E, 0x2F:
                guard separator == nil || separator == byte, !part.isEmpty else { return false }
                separator = byte
                parts.append(String(decoding: part, as: UTF8.self).lowercased())
                part = []
            case 0x20:
                guard parts.count >= 1, !part.isEmpty else { return false }
                break scan
            default:
                return false
            }
            if part.count > 4 { return false }
        }
        guard !part.isEmpty else { return false }
        parts.append(String(decoding: part, as: UTF8.self).lowercased())
        switch parts.count {
        case 2:
            return months.contains(parts[0]) && isYear(parts[1]) || isDay(parts[0]) && months.contains(parts[1])
                || months.contains(parts[0]) && isDay(parts[1])
        case 3:
            return isYear(parts[0]) && parts[0].count == 4 && isMonth(parts[1]) && isDay(parts[2])
                || isDay(parts[0]) && isMonth(parts[1]) && isYear(parts[2])
                || isMonth(parts[0]) && isDay(parts[1]) && isYear(parts[2])
        default: return false
        }
    }

    private static func isYear(_ text: String) -> Bool {
        guard let value = Int(text) else { return false }
        return text.utf8.count == 2 || text.utf8.count == 4 && (1900...2999).contains(value)
    }

    private static func isMonth(_ text: String) -> Bool {
        if months.contains(text) { return true }
        guard let value = Int(text) else { return false }
        return (1...12).contains(value)
    }

    private static func isDay(_ text: String) -> Bool {
        guard let value = Int(text) else { return false }
        return (1...31).contains(value)
    }
}
