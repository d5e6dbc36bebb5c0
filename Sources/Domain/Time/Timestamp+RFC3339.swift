extension Timestamp {
    /// An instant as RFC 3339 writes it: `2026-03-01T09:05:00Z`, with a fraction or an offset if need be. Nothing else
    /// is taken: what only looks like a time is mostly a mistake.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40, [0x54, 0x74, 0x20].contains(bytes[10]), bytes[13] == 0x3A,
            bytes[16] == 0x3A, let date = CivilDate(text.prefix(10)),
            let hour = Self.number(bytes[11..<13]), hour < 24, let minute = Self.number(bytes[14..<16]), minute < 60,
            // A leap second is taken for the one before.
            let second = Self.number(bytes[17..<19]), second < 61
        else { return nil }
        var at = 19
        var fraction: Int64 = 0
        if bytes[at] == 0x2E {
            at += 1
            let start = at
            while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 { at += 1 }
            guard at > start, let digits = Self.number(bytes[start..<min(at, start + 6)]) else { return nil }
            fraction = digits
            for _ in min(at, start + 6) - start..<6 { fraction *= 10 }
        }
        guard at < bytes.count else { return nil }
        var offset: Int64 = 0
        switch bytes[at] {
        case 0x5A, 0x7A: guard at + 1 == bytes.count else { return nil }
        case 0x2B, 0x2D:
            guard at + 6 == bytes.count, bytes[at + 3] == 0x3A, let hours = Self.number(bytes[at + 1..<at + 3]),
                hours < 24, let minutes = Self.number(bytes[at + 4..<at + 6]), minutes < 60
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (bytes[at] == 0x2B ? 1 : -1)
        default: return nil
        }
        let seconds = Int64(date.daysSinceEpoch) * 86_400 + hour * 3600 + minute * 60 + min(second, 59) - offset
        self.init(micros: seconds * 1_000_000 + fraction)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        return value
    }
}
