/// Who is never sent to, whatever the message: single addresses, number prefixes, countries, domains.
/// Small enough to be held whole; looked at for every recipient, so nothing here allocates.
package struct DenyList: Sendable {
    package enum Match: String, Sendable {
        case address = "denied_address"
        case prefix = "denied_prefix"
        case country = "denied_country"
        case domain = "denied_domain"
    }

    private var addresses: Set<RecipientHash> = []
    private var countries: Set<Region> = []
    /// Digits with a leading 1, so that `0` and `00` differ.
    private var prefixes: Set<UInt64> = []
    private var prefixLengths = 0..<0
    private var domains: Set<[UInt8]> = []

    package init() {}

    package var isEmpty: Bool { addresses.isEmpty && countries.isEmpty && prefixes.isEmpty && domains.isEmpty }

    package mutating func deny(address: RecipientHash) { addresses.insert(address) }
    package mutating func deny(country: Region) { countries.insert(country) }
    /// A domain and everything below it.
    package mutating func deny(domain: String) { domains.insert(Array(domain.lowercased().utf8)) }

    /// Digits of an international number, without the `+`.
    package mutating func deny(prefix: String) {
        let digits = prefix.utf8.filter { $0 >= 0x30 && $0 <= 0x39 }
        guard !digits.isEmpty, digits.count <= 15 else { return }
        prefixes.insert(digits.reduce(1) { $0 * 10 + UInt64($1 - 0x30) })
        let lower = prefixLengths.isEmpty ? digits.count : min(prefixLengths.lowerBound, digits.count)
        prefixLengths = lower..<max(prefixLengths.upperBound, digits.count + 1)
    }

    package func match(address: Span<UInt8>, kind: AddressKind, region: Region, hash: RecipientHash) -> Match? {
        if isEmpty { return nil }
        if addresses.contains(hash) { return .address }
        if countries.contains(region) { return .country }
        switch kind {
        case .phone: return matchesPrefix(address) ? .prefix : nil
        case .email: return matchesDomain(address) ? .domain : nil
        case .pushToken, .opaque: return nil
        }
    }

    private func matchesPrefix(_ number: Span<UInt8>) -> Bool {
        guard !prefixLengths.isEmpty else { return false }
        var digits: UInt64 = 1
        var length = 0
        for i in 0..<number.count where number[i] >= 0x30 && number[i] <= 0x39 {
            digits = digits * 10 + UInt64(number[i] - 0x30)
            length += 1
            if length >= prefixLengths.upperBound { return false }
            if prefixLengths.contains(length), prefixes.contains(digits) { return true }
        }
        return false
    }

    private func matchesDomain(_ address: Span<UInt8>) -> Bool {
        guard !domains.isEmpty else { return false }
        var suffix: [UInt8] = []
        for i in stride(from: address.count - 1, through: 0, by: -1) {
            let byte = address[i]
            let isBorder = byte == 0x40 || byte == 0x2E
            if isBorder, domains.contains(suffix.reversed()) { return true }
            if byte == 0x40 { return false }
            suffix.append(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte)
        }
        return false
    }
}
