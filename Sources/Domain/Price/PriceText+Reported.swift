extension PriceText {
    /// What a provider says that it charged: `0.0075`, `-0.00750`, `7.5e-3`. In millionths without its sign (some write
    /// a cost as a debit) and, unlike a price that we are told to keep, rounded half up. Nil where the text is no
    /// number or the number no sensible price: the same limit holds as for the prices that we are told.
    package static func reported(_ text: [UInt8]) -> Int64? {
        var index = 0
        if text.first == 0x2D || text.first == 0x2B { index = 1 }
        var digits: Int64 = 0
        var scale = 0
        var count = 0
        var seenPoint = false
        while index < text.count {
            let byte = text[index]
            if byte >= 0x30 && byte <= 0x39 {
                count += 1
                // Beyond eighteen digits a fraction says nothing more, and a whole number is no price.
                if digits < 100_000_000_000_000_000 {
                    digits = digits * 10 + Int64(byte & 0xF)
                    if seenPoint { scale += 1 }
                } else if !seenPoint {
                    return nil
                }
            } else if byte == 0x2E && !seenPoint {
                seenPoint = true
            } else {
                break
            }
            index += 1
        }
        guard count > 0 else { return nil }
        if index < text.count {
            guard text[index] | 0x20 == 0x65, text.count - index <= 5,
                let exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self))
            else { return nil }
            scale -= exponent
        }
        guard let micros = scaled(digits, by: 6 - scale), micros < limit else { return nil }
        return micros
    }

    private static func scaled(_ digits: Int64, by places: Int) -> Int64? {
        var value = digits
        if places >= 0 {
            for _ in 0..<min(places, 40) {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                value = product
            }
            return value
        }
        guard places >= -18 else { return 0 }
        for _ in 0..<(-places - 1) { value /= 10 }
        return (value + 5) / 10
    }
}
