/// Cells of long tables, written without a string for each.
extension CSVTable {
    package mutating func text(_ cell: Span<UInt8>) {
        separate()
        CSVCell.append(cell, sparingNumbers: false, to: &bytes)
    }

    /// A cell of a column that may hold phone numbers or references, which are left alone.
    package mutating func data(_ cell: Span<UInt8>) {
        separate()
        CSVCell.append(cell, sparingNumbers: true, to: &bytes)
    }

    /// A cell that was written as one before.
    package mutating func written(_ cell: [UInt8]) {
        separate()
        bytes.append(contentsOf: cell)
    }

    package mutating func digits(_ value: Int64) {
        separate()
        append(value)
    }

    /// Millionths as an amount with six decimals.
    package mutating func millionths(_ micros: Int64) {
        separate()
        if micros < 0 { bytes.append(0x2D) }
        let (whole, part) = micros.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        append(Int64(whole))
        bytes.append(0x2E)
        append(Int(part), places: 6)
    }

    /// As `Timestamp` writes it: RFC 3339 in UTC with milliseconds.
    package mutating func instant(_ time: Timestamp) {
        separate()
        let milliseconds = time.micros.floorDivided(by: 1000)
        let day = milliseconds.floorDivided(by: 86_400_000)
        let rest = Int(milliseconds - day * 86_400_000)
        let date = CivilDate(daysSinceEpoch: Int(day))
        append(date.year, places: 4)
        bytes.append(0x2D)
        append(date.month, places: 2)
        bytes.append(0x2D)
        append(date.day, places: 2)
        bytes.append(0x54)
        append(rest / 3_600_000, places: 2)
        bytes.append(0x3A)
        append(rest / 60_000 % 60, places: 2)
        bytes.append(0x3A)
        append(rest / 1000 % 60, places: 2)
        bytes.append(0x2E)
        append(rest % 1000, places: 3)
        bytes.append(0x5A)
    }

    private mutating func append(_ value: Int, places: Int) {
        var power = 1
        for _ in 1..<places { power *= 10 }
        while power > 0 {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: value / power % 10))
            power /= 10
        }
    }

    private mutating func append(_ value: Int64) {
        if value < 0 { bytes.append(0x2D) }
        var rest = value.magnitude
        let start = bytes.count
        repeat {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}
