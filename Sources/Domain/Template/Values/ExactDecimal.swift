/// A decimal number, `coefficient × 10^exponent`. Template arithmetic on fractions goes through it, so that
/// `0.1 | plus: 0.2` is 0.3. Results keep 28 digits, rounded half to even.
struct ExactDecimal {
    var coefficient: Int128
    var exponent: Int

    /// The shortest decimal that reads back as the same double, or nil for infinities and NaN.
    init?(_ value: Double) {
        guard value.isFinite else { return nil }
        let shortest = ShortestDigits(value.magnitude)
        coefficient = 0
        for digit in shortest.digits { coefficient = coefficient * 10 + Int128(digit) }
        exponent = shortest.pointAt - shortest.digits.count
        if value.sign == .minus { coefficient = -coefficient }
    }

    init?(_ number: LiquidNumber) {
        switch number {
        case .int(let value): self.init(coefficient: value, exponent: 0)
        case .float(let value): self.init(value)
        }
    }

    private init(coefficient: Int128, exponent: Int) {
        self.coefficient = coefficient
        self.exponent = exponent
    }

    /// Both over the smaller exponent; nil when that needs more than 38 digits.
    private static func aligned(_ a: ExactDecimal, _ b: ExactDecimal) -> (Int128, Int128, Int)? {
        let low = min(a.exponent, b.exponent)
        guard let x = scaled(a.coefficient, a.exponent - low), let y = scaled(b.coefficient, b.exponent - low) else {
            return nil
        }
        return (x, y, low)
    }

    private static func scaled(_ value: Int128, _ places: Int) -> Int128? {
        if value == 0 { return 0 }
        guard places < 39 else { return nil }
        var value = value
        for _ in 0..<places {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            value = product
        }
        return value
    }

    /// Nil when the operands lie too far apart for exact work; then plain doubles give the same digits.
    static func sum(_ a: ExactDecimal, _ b: ExactDecimal) -> ExactDecimal? {
        guard let (x, y, exponent) = aligned(a, b) else { return nil }
        let (sum, overflow) = x.addingReportingOverflow(y)
        return overflow ? nil : ExactDecimal(coefficient: sum, exponent: exponent).rounded
    }

    static func product(_ a: ExactDecimal, _ b: ExactDecimal) -> ExactDecimal? {
        let (product, overflow) = a.coefficient.multipliedReportingOverflow(by: b.coefficient)
        return overflow ? nil : ExactDecimal(coefficient: product, exponent: a.exponent + b.exponent).rounded
    }

    /// What is left of a division cut to whole numbers: it has the sign of `a`. `b` is not zero. Nil where the
    /// digits don't fit.
    static func remainder(_ a: ExactDecimal, _ b: ExactDecimal) -> ExactDecimal? {
        if a.exponent <= b.exponent {
            guard let divisor = scaled(b.coefficient, b.exponent - a.exponent) else { return a }
            return ExactDecimal(coefficient: a.coefficient % divisor, exponent: a.exponent)
        }
        // Digit by digit, as on paper: the zeros of a big number are never written out.
        var rest = a.coefficient % b.coefficient
        for _ in b.exponent..<a.exponent {
            let (product, overflow) = rest.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            rest = product % b.coefficient
        }
        return ExactDecimal(coefficient: rest, exponent: b.exponent)
    }

    private var rounded: ExactDecimal {
        var result = self
        var dropped: Int128 = 0
        var scale: Int128 = 1
        while result.coefficient.magnitude >= 10_000_000_000_000_000_000_000_000_000 {
            dropped += (result.coefficient % 10) * scale
            scale *= 10
            result.coefficient /= 10
            result.exponent += 1
        }
        guard scale > 1 else { return self }
        let twice = dropped.magnitude * 2
        let limit = scale.magnitude
        if twice > limit || (twice == limit && result.coefficient % 2 != 0) {
            result.coefficient += coefficient < 0 ? -1 : 1
        }
        return result
    }

    var double: Double { Double("\(coefficient)e\(exponent)") ?? .nan }
}
