/// Digits and letters, in this order, as the digits of numbers: what a double click selects as a whole and no shell,
/// URL or mail program changes.
enum Base62 {
    static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x5A: byte - 0x41 + 10
        case 0x61...0x7A: byte - 0x61 + 36
        default: nil
        }
    }

    /// With leading zeros, the last digits where there are more.
    static func digits(_ number: UInt64, count: Int) -> [UInt8] {
        var number = number
        var digits = [UInt8](repeating: alphabet[0], count: count)
        for place in digits.indices.reversed() {
            digits[place] = alphabet[Int(number % 62)]
            number /= 62
        }
        return digits
    }
}
