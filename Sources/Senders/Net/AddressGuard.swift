/// Says whether an address is one of the open internet. A provider's host name is somebody's setting, so it could lead
/// into the network that Herald stands in (the cloud's metadata service, a neighbour's database); what it resolves to
/// is checked, and refused unless the provider is marked as internal.
package enum AddressGuard {
    /// Of the four bytes of an IPv4 address.
    package static func isPublic(v4 address: some Collection<UInt8>) -> Bool {
        guard address.count == 4 else { return false }
        let number = address.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return !closed.contains { number >> (32 - $0.length) == $0.network >> (32 - $0.length) }
    }

    /// Of the sixteen bytes of an IPv6 address. One that carries an IPv4 address is judged by that.
    package static func isPublic(v6 address: some Collection<UInt8>) -> Bool {
        let bytes = Array(address)
        guard bytes.count == 16 else { return false }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        let isZero = { (range: Range<Int>) in groups[range].allSatisfy { $0 == 0 } }
        // ::a.b.c.d (with it :: and ::1), ::ffff:a.b.c.d, ::ffff:0:a.b.c.d, and NAT64's 64:ff9b::a.b.c.d.
        if isZero(0..<6) { return groups[6] != 0 && isPublic(v4: bytes[12...]) }
        if isZero(0..<5), groups[5] == 0xFFFF { return isPublic(v4: bytes[12...]) }
        if isZero(0..<4), groups[4] == 0xFFFF, groups[5] == 0 { return isPublic(v4: bytes[12...]) }
        if groups[0] == 0x64, groups[1] == 0xFF9B {
            return isZero(2..<6) && isPublic(v4: bytes[12...])
        }
        // 6to4 carries its IPv4 address in front; Teredo hides one, inverted, at the end.
        if groups[0] == 0x2002 { return isPublic(v4: bytes[2..<6]) }
        if groups[0] == 0x2001, groups[1] == 0 { return false }
        // Only 2000::/3 is given out; in it, the documentation's networks lead nowhere.
        if groups[0] == 0x2001, groups[1] == 0xDB8 { return false }
        if groups[0] == 0x3FFF, groups[1] >> 12 == 0 { return false }
        return groups[0] >> 13 == 1
    }

    private static let closed: [(network: UInt32, length: UInt32)] = [
        (0x0000_0000, 8),  // this network
        (0x0A00_0000, 8),  // private
        (0x6440_0000, 10),  // carriers' own
        (0x7F00_0000, 8),  // loopback
        (0xA9FE_0000, 16),  // link-local, and the clouds' metadata in it
        (0xAC10_0000, 12),  // private
        (0xC000_0000, 24),  // protocols' own
        (0xC000_0200, 24),  // documentation
        (0xC058_6300, 24),  // 6to4 relays
        (0xC0A8_0000, 16),  // private
        (0xC612_0000, 15),  // measurements
        (0xC633_6400, 24),  // documentation
        (0xCB00_7100, 24),  // documentation
        (0xE000_0000, 3),  // multicast, reserved, broadcast
    ]
}
