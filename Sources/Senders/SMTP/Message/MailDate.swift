import Domain

extension RawBytes {
    /// RFC 5322, 3.3, in UTC: `Fri, 20 Nov 2026 06:30:00 +0000`.
    mutating func append(mailDate time: Timestamp) {
        let days = time.micros.floorDivided(by: 86_400_000_000)
        let seconds = Int((time.micros - days * 86_400_000_000) / 1_000_000)
        let date = CivilDate(daysSinceEpoch: Int(days))
        // 1970-01-01 was a Thursday.
        let weekday = Int((days + 4) - (days + 4).floorDivided(by: 7) * 7)
        append(threeLetters(weekday, of: "SunMonTueWedThuFriSat"))
        append(", ")
        appendTwoDigits(date.day)
        append(" ")
        append(threeLetters(date.month - 1, of: "JanFebMarAprMayJunJulAugSepOctNovDec"))
        append(" ")
        append(decimal: Int64(date.year))
        append(" ")
        appendTwoDigits(seconds / 3600)
        append(":")
        appendTwoDigits(seconds / 60 % 60)
        append(":")
        appendTwoDigits(seconds % 60)
        append(" +0000")
    }

    private func threeLetters(_ index: Int, of names: StaticString) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: names.utf8Start + index * 3, count: 3)
    }

    private mutating func appendTwoDigits(_ value: Int) {
        append(0x30 + UInt8(value / 10))
        append(0x30 + UInt8(value % 10))
    }
}
