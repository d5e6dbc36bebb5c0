/// The part of a key that is no secret: it stands in lists, logs and audit entries, and the key is found by it. Ten
/// letters or digits, held as the number that they are.
package struct APIKeyID: Sendable, Hashable {
    package let number: UInt64

    static let length = 10
    /// 62 to the power of ten.
    private static let count: UInt64 = 839_299_365_868_340_224

    static func random(using source: inout some RandomNumberGenerator) -> APIKeyID {
        APIKeyID(number: .random(in: 0..<count, using: &source))
    }

    private init(number: UInt64) { self.number = number }

    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == Self.length else { return nil }
        self.init(bytes, at: 0)
    }

    /// Of the ten bytes from a place on.
    init?(_ bytes: [UInt8], at start: Int) {
        var number: UInt64 = 0
        for place in start..<(start + Self.length) {
            guard let value = Base62.value(bytes[place]) else { return nil }
            number = number * 62 + UInt64(value)
        }
        self.number = number
    }
}

extension APIKeyID: CustomStringConvertible {
    package var description: String { String(decoding: Base62.digits(number, count: Self.length), as: UTF8.self) }
}
