/// The fewest decimal digits that read back as the same double: `0.d1d2d3… × 10^pointAt`.
struct ShortestDigits {
    var digits: [UInt8] = []
    var pointAt = 0

    /// `value` is finite and not negative.
    init(_ value: Double) {
        var seenPoint = false
        var exponent = 0
        var bytes = "\(value)".utf8.makeIterator()
        while let byte = bytes.next() {
            switch byte {
            case 0x30...0x39:
                digits.append(byte - 0x30)
                if !seenPoint { pointAt += 1 }
            case 0x2E: seenPoint = true
            default:
                var text = ""
                while let byte = bytes.next() { text.unicodeScalars.append(Unicode.Scalar(byte)) }
                exponent = Int(text) ?? 0
            }
        }
        while digits.count > 1, digits.first == 0 {
            digits.removeFirst()
            pointAt -= 1
        }
        while digits.count > 1, digits.last == 0 { digits.removeLast() }
        pointAt = digits == [0] ? 1 : pointAt + exponent
    }

    /// The way template authors know: `5.0`, `0.001`, `1e-05`, `1e+16`, `inf`.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        let shortest = ShortestDigits(value.magnitude)
        let digits = shortest.digits.map { $0 + 0x30 }
        let exponent = shortest.pointAt - 1
        var text: [UInt8] = value.sign == .minus ? [0x2D] : []
        if exponent < -4 || exponent >= 16 {
            text.append(digits[0])
            if digits.count > 1 {
                text.append(0x2E)
                text += digits[1...]
            }
            text += (exponent < 0 ? "e-" : "e+").utf8
            if exponent.magnitude < 10 { text.append(0x30) }
            text += "\(exponent.magnitude)".utf8
        } else if exponent < 0 {
            text += "0.".utf8
            text += repeatElement(0x30, count: -exponent - 1)
            text += digits
        } else {
            let whole = exponent + 1
            text += digits.prefix(whole)
            text += repeatElement(0x30, count: max(0, whole - digits.count))
            text.append(0x2E)
            text += digits.count > whole ? digits[whole...] : [0x30]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
