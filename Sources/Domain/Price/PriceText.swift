/// Prices as people write them, read and written exactly: `0.0425` is 42,500 millionths, and nothing is ever
/// rounded. A price that cannot be held exactly is refused.
package enum PriceText {
    package enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        case notANumber
        case tooManyDecimals
        case tooLarge

        package var description: String {
            switch self {
            case .notANumber: "a price is written with digits and a point, such as 0.0425"
            case .tooManyDecimals: "a price has at most 6 decimals"
            case .tooLarge: "a price is below 1,000,000,000"
            }
        }
    }

    /// Far above any price, and so low that a campaign's sum stays within 64 bits.
    static let limit: Int64 = 1_000_000_000_000_000

    /// The price in millionths. Digits, then a point and at most six decimals; no sign, no grouping, no exponent.
    /// Zeros behind the sixth decimal say nothing and are allowed.
    package static func micros(_ text: some StringProtocol) throws(Fault) -> Int64 {
        var value: Int64 = 0
        var digits = 0
        var decimals: Int?
        for byte in text.utf8 {
            switch byte {
            case 0x2E:
                guard decimals == nil else { throw .notANumber }
                decimals = 0
            case 0x30...0x39:
                digits += 1
                if let places = decimals {
                    guard places < 6 else {
                        if byte == 0x30 { continue }
                        throw .tooManyDecimals
                    }
                    decimals = places + 1
                }
                value = value * 10 + Int64(byte - 0x30)
                guard value < limit else { throw .tooLarge }
            default: throw .notANumber
            }
        }
        guard digits > 0 else { throw .notANumber }
        for _ in (decimals ?? 0)..<6 {
            value *= 10
            guard value < limit else { throw .tooLarge }
        }
        return value
    }

    /// With all six decimals, as finance's files have it: `0.042500`.
    package static func decimal(_ micros: Int64) -> String {
        let magnitude = micros.magnitude
        let decimals = pad(Int(magnitude % 1_000_000), 6)
        return "\(micros < 0 ? "-" : "")\(magnitude / 1_000_000).\(decimals)"
    }
}
