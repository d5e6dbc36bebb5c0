/// What one unit of a currency is worth in another, in units of 10⁻¹⁰: exact for everything that banks publish. Only
/// reports convert; what was booked stays in its currency.
package struct ExchangeRate: Sendable, Hashable {
    package let units: Int64

    private static let decimals = 10
    private static let one: UInt64 = 10_000_000_000
    /// A million of one currency for a unit of the other is far beyond any rate.
    private static let limit: Int64 = 1_000_000 * 10_000_000_000

    /// Nil where nothing is worth that.
    package init?(units: Int64) {
        guard units > 0, units <= Self.limit else { return nil }
        self.units = units
    }

    /// Reads `1.3412`: digits, a point, up to ten decimals.
    package init?(_ text: some StringProtocol) {
        var value: Int64 = 0
        var places: Int?
        var digits = 0
        for byte in text.utf8 {
            if byte == 0x2E {
                guard places == nil else { return nil }
                places = 0
                continue
            }
            guard byte >= 0x30, byte <= 0x39, (places ?? 0) < Self.decimals, value <= Self.limit / 10 else {
                return nil
            }
            value = value * 10 + Int64(byte - 0x30)
            digits += 1
            if let count = places { places = count + 1 }
        }
        guard digits > 0 else { return nil }
        for _ in (places ?? 0)..<Self.decimals {
            guard value <= Self.limit / 10 else { return nil }
            value *= 10
        }
        self.init(units: value)
    }

    /// The amount in the other currency, rounded half away from zero to a millionth; nil beyond 64 bits.
    package func convert(_ micros: Int64) -> Int64? {
        let (high, low) = micros.magnitude.multipliedFullWidth(by: UInt64(units))
        guard high < Self.one else { return nil }
        let (quotient, remainder) = Self.one.dividingFullWidth((high, low))
        let rounded = remainder * 2 >= Self.one ? quotient + 1 : quotient
        guard rounded <= UInt64(Int64.max) else { return nil }
        return micros < 0 ? -Int64(rounded) : Int64(rounded)
    }
}

extension ExchangeRate: CustomStringConvertible {
    /// As it was written, without zeros at the end.
    package var description: String {
        var decimals = pad(Int(units % Int64(Self.one)), Self.decimals)
        while decimals.count > 1, decimals.hasSuffix("0") { decimals.removeLast() }
        return "\(units / Int64(Self.one)).\(decimals)"
    }
}
