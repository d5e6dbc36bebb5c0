internal import CMicroHTTP
internal import Glibc

/// An IPv4 or IPv6 address. An IPv4 one is kept as its mapped IPv6 form, so that it is the same however it came.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    static let any = IPAddress(high: 0, low: 0)
    private static let mapped: UInt64 = 0xFFFF_0000_0000

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    var isIPv4: Bool { high == 0 && low & ~0xFFFF_FFFF == Self.mapped }

    /// Digits and dots, or digits and colons; no name, no port, no zone.
    package init?(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(ipv4: UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        self.init(six)
    }

    init(ipv4: UInt32) { self.init(high: 0, low: Self.mapped | UInt64(ipv4)) }

    /// What the system says the other end of a connection is.
    init?(_ address: UnsafePointer<sockaddr>) {
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            self.init(ipv4: UInt32(bigEndian: raw.load(as: sockaddr_in.self).sin_addr.s_addr))
        case AF_INET6:
            self.init(raw.load(as: sockaddr_in6.self).sin6_addr)
        default: return nil
        }
    }

    private init(_ address: in6_addr) {
        self = withUnsafeBytes(of: address) { bytes in
            IPAddress(
                high: UInt64(bigEndian: bytes.load(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.load(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    /// Its network, too wide to tell one client from another.
    package var network: String {
        if isIPv4 { return "\(IPAddress(high: 0, low: low & ~0xFF))/24" }
        return "\(IPAddress(high: high & ~0xFFFF, low: 0))/48"
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: 64)
        if isIPv4 {
            var address = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
            inet_ntop(AF_INET, &address, &text, 64)
        } else {
            var address = (high.bigEndian, low.bigEndian)
            inet_ntop(AF_INET6, &address, &text, 64)
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
