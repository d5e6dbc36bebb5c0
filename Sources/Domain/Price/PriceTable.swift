/// What messages cost on one day with one provider: the longest prefix of the number decides.
package struct PriceTable: Sendable {
    package struct Rate: Sendable, Hashable {
        package let micros: Int64
        package let currency: Currency

        package init(micros: Int64, currency: Currency) {
            self.micros = micros
            self.currency = currency
        }
    }

    /// By digits with a leading 1, so that `0` and `00` differ; the empty prefix is 1.
    private var rates: [UInt64: Rate] = [:]
    private var longest = 0

    package init() {}

    package mutating func set(prefix: String, to rate: Rate) {
        let digits = prefix.utf8.filter { $0 >= 0x30 && $0 <= 0x39 }.prefix(15)
        rates[digits.reduce(1) { $0 * 10 + UInt64($1 - 0x30) }] = rate
        longest = max(longest, digits.count)
    }

    /// The rate for an address; anything but a phone number has only the empty prefix. Nil without one.
    package func rate(for address: Span<UInt8>) -> Rate? {
        var best = rates[1]
        guard longest > 0, address.count > 1, address[0] == 0x2B else { return best }
        var digits: UInt64 = 1
        for i in 1..<min(address.count, longest + 1) {
            guard address[i] >= 0x30, address[i] <= 0x39 else { break }
            digits = digits * 10 + UInt64(address[i] - 0x30)
            if let rate = rates[digits] { best = rate }
        }
        return best
    }

    /// Every rate with its prefix; nil is the rate of all other addresses.
    package var entries: [(prefix: NumberPrefix?, rate: Rate)] {
        // The leading 1 goes.
        rates.map { (NumberPrefix(String($0.key).dropFirst()), $0.value) }
    }
}
