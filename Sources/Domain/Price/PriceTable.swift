/// What messages cost on one day with one provider: the longest prefix of the number decides, then how many segments a
/// message has.
package struct PriceTable: Sendable {
    package struct Rate: Sendable, Hashable {
        package let micros: Int64
        package let currency: Currency
        /// The line of the price list whose units are counted, because they cost less after so many; 0 for none.
        package let line: Int64

        package init(micros: Int64, currency: Currency, line: Int64 = 0) {
            self.micros = micros
            self.currency = currency
            self.line = line
        }

        package func cost(segments: Int32) -> Money { Money(micros: micros * Int64(segments), currency: currency) }
    }

    /// By digits with a leading 1, so that `0` and `00` differ; the empty prefix is 1.
    private var rates: [UInt64: Rate] = [:]
    private var longest = 0
    /// Rates for messages of so many segments and more, by prefix; the fewest first. Few lists have any.
    private var bands: [UInt64: [(from: Int32, rate: Rate)]] = [:]

    package init() {}

    /// `segments`: for messages that have so many and more.
    package mutating func set(prefix: String, segments: Int32 = 1, to rate: Rate) {
        let digits = prefix.utf8.filter { $0 >= 0x30 && $0 <= 0x39 }.prefix(15)
        let number = digits.reduce(1) { $0 * 10 + UInt64($1 - 0x30) }
        longest = max(longest, digits.count)
        guard segments > 1 else {
            rates[number] = rate
            return
        }
        var band = (bands[number] ?? []).filter { $0.from != segments }
        band.append((segments, rate))
        bands[number] = band.sorted { $0.from < $1.from }
    }

    /// The rate of a segment for an address; anything but a phone number has only the empty prefix. Nil without one.
    package func rate(for address: Span<UInt8>, segments: Int32 = 1) -> Rate? {
        guard !bands.isEmpty, segments > 1 else { return plainRate(for: address) }
        var best = rate(of: 1, segments)
        guard longest > 0, address.count > 1, address[0] == 0x2B else { return best }
        var digits: UInt64 = 1
        for i in 1..<min(address.count, longest + 1) {
            guard address[i] >= 0x30, address[i] <= 0x39 else { break }
            digits = digits * 10 + UInt64(address[i] - 0x30)
            if let rate = rate(of: digits, segments) { best = rate }
        }
        return best
    }

    private func rate(of prefix: UInt64, _ segments: Int32) -> Rate? {
        bands[prefix]?.last { $0.from <= segments }?.rate ?? rates[prefix]
    }

    private func plainRate(for address: Span<UInt8>) -> Rate? {
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
