/// A network as it is written with its length: `10.0.0.0/8`, `2001:db8::/32`, or a single address. An IPv6 network
/// holds no IPv4 addresses, however wide it is.
package struct NetworkRange: Sendable, Hashable {
    package let base: IPAddress
    /// Of 128 bits.
    private let length: Int

    package enum Fault: Error, Sendable, Hashable {
        case unreadable
        /// Bits are set beyond the length; with the network that was probably meant.
        case loose(meant: String)
    }

    package init(_ text: some StringProtocol) throws(Fault) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = parts.first, let base = IPAddress(address), !address.contains("%") else {
            throw .unreadable
        }
        let isShort = base.isV4 && !address.contains(":")
        var length = 128
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let given = Int(parts[1]),
                given <= (isShort ? 32 : 128)
            else { throw .unreadable }
            length = isShort ? given + 96 : given
        }
        self.init(base: Self.cut(base, length), length: length)
        guard base == self.base else { throw .loose(meant: description) }
    }

    private init(base: IPAddress, length: Int) {
        self.base = base
        self.length = length
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.isV4 == isV4 && Self.cut(address, length) == base
    }

    private var isV4: Bool { base.isV4 && length >= 96 }

    private static func cut(_ address: IPAddress, _ length: Int) -> IPAddress {
        IPAddress(high: address.high & mask(min(length, 64)), low: address.low & mask(max(0, length - 64)))
    }

    /// The first so many of 64 bits.
    private static func mask(_ length: Int) -> UInt64 { length == 0 ? 0 : ~0 << UInt64(64 - length) }
}

/// As PostgreSQL's `cidr` is written.
extension NetworkRange: CustomStringConvertible {
    package var description: String { "\(base)/\(isV4 ? length - 96 : length)" }
}
