internal import CCurl
internal import Glibc

/// A socket address that a name was resolved to.
struct NetworkAddress: Sendable, Hashable {
    let family: Int32
    /// A `sockaddr` of that family.
    let bytes: [UInt8]

    /// Nil for a family other than IPv4 and IPv6.
    init?(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
        family = Int32(address.pointee.sa_family)
        guard family == AF_INET || family == AF_INET6 else { return nil }
        bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(length)))
    }

    /// Reachable only from here or from our own network, or no host at all: an address that a provider's settings
    /// must not lead to, lest whoever may write settings can talk to our own machines.
    var isPrivate: Bool {
        if family == AF_INET { return Self.isPrivate(v4: bytes[4..<8].reduce(0) { $0 << 8 | UInt32($1) }) }
        let address = Array(bytes[8..<24])
        let head = address[..<12]
        let tail = address[12...].reduce(0) { $0 << 8 | UInt32($1) }
        // ::, ::1 and IPv4 in the clothes of IPv6: compatible, mapped, translated (64:ff9b::/96).
        if head.allSatisfy({ $0 == 0 }) { return tail <= 1 || Self.isPrivate(v4: tail) }
        if head.dropLast(2).allSatisfy({ $0 == 0 }), head.suffix(2).elementsEqual([0xFF, 0xFF]) {
            return Self.isPrivate(v4: tail)
        }
        if head.elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) { return Self.isPrivate(v4: tail) }
        // 6to4 carries its IPv4 address in front.
        if address[0] == 0x20, address[1] == 0x02 {
            return Self.isPrivate(v4: address[2..<6].reduce(0) { $0 << 8 | UInt32($1) })
        }
        // Unique local fc00::/7, link-local fe80::/10, site-local fec0::/10, multicast ff00::/8.
        return address[0] & 0xFE == 0xFC || address[0] == 0xFE && address[1] & 0x80 == 0x80 || address[0] == 0xFF
    }

    private static func isPrivate(v4 address: UInt32) -> Bool {
        let blocks: [(UInt32, Int)] = [
            (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16),
            (0xAC10_0000, 12), (0xC000_0000, 24), (0xC0A8_0000, 16), (0xC612_0000, 15), (0xE000_0000, 3),
        ]
        return blocks.contains { block, bits in address >> (32 - UInt32(bits)) == block >> (32 - UInt32(bits)) }
    }

    func withSocketAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        var storage = sockaddr_storage()
        return withUnsafeMutableBytes(of: &storage) { room in
            room.copyBytes(from: bytes)
            return room.withMemoryRebound(to: sockaddr.self) { address in
                // A storage is never empty, so its base address is there.
                body(UnsafePointer(address.baseAddress!), socklen_t(bytes.count))
            }
        }
    }
}
