import Glibc

extension TemplateMachine {
    /// Arithmetic. What is no number counts as zero.
    mutating func number(
        _ filter: LiquidFilter, _ left: LiquidValue, _ argument: LiquidValue?
    ) throws(RenderError) -> LiquidValue {
        let number = LiquidNumber(left) ?? .int(0)
        let other = argument.flatMap(LiquidNumber.init) ?? .int(0)
        switch filter {
        case .abs:
            if case .float(let value) = number { return .float(value.magnitude) }
            guard case .int(let value) = number, value != .min else { throw Self.tooBig }
            return .int(value < 0 ? -value : value)
        case .atLeast: return LiquidNumber.less(number, other) ? Self.kept(argument, other) : Self.kept(left, number)
        case .atMost: return LiquidNumber.less(other, number) ? Self.kept(argument, other) : Self.kept(left, number)
        case .ceil: return .int(try Self.whole(number, .up))
        case .floor: return .int(try Self.whole(number, .down))
        case .round: return try round(number, argument)
        case .dividedBy: return try divided(number, other)
        case .modulo: return try remainder(number, other, left, argument)
        default: return try exact(filter, number, other, left, argument)
        }
    }

    /// True and false stay what they are where a filter only picks one of its numbers.
    private static func kept(_ value: LiquidValue?, _ number: LiquidNumber) -> LiquidValue {
        if case .bool(let flag) = value { return .bool(flag) }
        return number.value
    }

    private static var tooBig: RenderError { RenderError(.number, "this number gets too big") }
    private static var divisionByZero: RenderError {
        RenderError(.number, "a division by zero; check the divisor first")
    }

    private static func whole(
        _ number: LiquidNumber, _ rule: FloatingPointRoundingRule
    ) throws(RenderError) -> Int128 {
        switch number {
        case .int(let value): return value
        case .float(let value):
            guard let whole = Int128(exactly: value.rounded(rule)) else { throw tooBig }
            return whole
        }
    }

    private func round(_ number: LiquidNumber, _ argument: LiquidValue?) throws(RenderError) -> LiquidValue {
        guard let argument, !argument.isNil, let digits = LiquidNumber(argument) else {
            return .int(try Self.whole(number, .toNearestOrEven))
        }
        guard let places = LiquidNumber.truncated(digits.double) else { throw Self.tooBig }
        if places < 0 { return .int(0) }
        if places == 0 { return .int(try Self.whole(number, .toNearestOrEven)) }
        guard case .float(let value) = number, value.isFinite, places < 330 else { return number.value }
        return .float(Self.rounded(value, Int32(places)))
    }

    /// Rounded by the exact decimal expansion, ties to even: the C library does just that when it prints.
    private static func rounded(_ value: Double, _ places: Int32) -> Double {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 700) { buffer in
            guard let start = buffer.baseAddress else { return value }
            _ = withVaList([places, value]) { vsnprintf(start, buffer.count, "%.*f", $0) }
            return strtod(start, nil)
        }
    }

    private func divided(_ number: LiquidNumber, _ other: LiquidNumber) throws(RenderError) -> LiquidValue {
        if case (.int(let a), .int(let b)) = (number, other) {
            guard b != 0 else { throw Self.divisionByZero }
            let (quotient, overflow) = a.dividedReportingOverflow(by: b)
            if overflow { throw Self.tooBig }
            return .int(quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient)
        }
        guard other.double != 0 else { throw Self.divisionByZero }
        return .float(number.double / other.double)
    }

    private func remainder(
        _ number: LiquidNumber, _ other: LiquidNumber, _ left: LiquidValue, _ argument: LiquidValue?
    ) throws(RenderError) -> LiquidValue {
        if case (.int(let a), .int(let b)) = (number, other) {
            guard b != 0 else { throw Self.divisionByZero }
            let (rest, overflow) = a.remainderReportingOverflow(dividingBy: b)
            if overflow { return .int(0) }
            return .int(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest)
        }
        try refuseFlags(left, argument)
        guard other.double != 0 else { throw Self.divisionByZero }
        guard let a = ExactDecimal(number), let b = ExactDecimal(other) else {
            guard number.double.isFinite else { throw Self.tooBig }
            return .float(other.double.isNaN ? .nan : number.double)
        }
        guard (number.double / other.double).magnitude < 1e28 else { throw Self.tooBig }
        guard let rest = ExactDecimal.remainder(a, b) else { return .float(fmod(number.double, other.double)) }
        return .float(rest.coefficient == 0 && number.isNegative ? -0.0 : rest.double)
    }

    /// `plus`, `minus` and `times`.
    private func exact(
        _ filter: LiquidFilter, _ number: LiquidNumber, _ other: LiquidNumber, _ left: LiquidValue,
        _ argument: LiquidValue?
    ) throws(RenderError) -> LiquidValue {
        if case (.int(let a), .int(let b)) = (number, other) {
            let (result, overflow) =
                switch filter {
                case .plus: a.addingReportingOverflow(b)
                case .minus: a.subtractingReportingOverflow(b)
                default: a.multipliedReportingOverflow(by: b)
                }
            if overflow { throw Self.tooBig }
            return .int(result)
        }
        try refuseFlags(left, argument)
        let (x, y) = (number.double, other.double)
        guard let a = ExactDecimal(number), var b = ExactDecimal(other) else {
            let result = filter == .plus ? x + y : filter == .minus ? x - y : x * y
            if result.isNaN, !x.isNaN, !y.isNaN { throw Self.tooBig }
            return .float(result)
        }
        if filter == .times {
            let product = ExactDecimal.product(a, b)?.double ?? x * y
            return .float(product == 0 && number.isNegative != other.isNegative ? -0.0 : product)
        }
        if a.coefficient == 0, b.coefficient == 0 { return .float(filter == .plus ? x + y : x - y) }
        if filter == .minus { b.coefficient = -b.coefficient }
        return .float(ExactDecimal.sum(a, b)?.double ?? (filter == .plus ? x + y : x - y))
    }

    /// True and false count as numbers beside whole numbers only.
    private func refuseFlags(_ left: LiquidValue, _ argument: LiquidValue?) throws(RenderError) {
        for value in [left, argument] {
            if case .bool = value { throw RenderError(.type, "true and false can't be reckoned with here") }
        }
    }
}

extension LiquidNumber {
    fileprivate var isNegative: Bool {
        switch self {
        case .int(let value): value < 0
        case .float(let value): value.sign == .minus
        }
    }
}
