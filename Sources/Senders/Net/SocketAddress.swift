internal import CCurl
import Domain
internal import Glibc

/// One address that a host name resolved to, as the system's calls take it.
package struct SocketAddress: Sendable, Hashable {
    let family: Int32
    /// The `sockaddr` with its port.
    let bytes: [UInt8]

    var isPublic: Bool {
        switch family {
        case AF_INET where bytes.count >= 8: AddressGuard.isPublic(v4: bytes[4..<8])
        case AF_INET6 where bytes.count >= 24: AddressGuard.isPublic(v6: bytes[8..<24])
        default: false
        }
    }
}

extension SocketAddress {
    /// What a C library is about to connect to.
    init(_ address: UnsafePointer<sockaddr>, _ length: UInt32) {
        let bytes = UnsafeRawBufferPointer(start: address, count: Int(length))
        self.init(family: Int32(address.pointee.sa_family), bytes: Array(bytes))
    }

    /// Whether what is sent this way may go there.
    func isOpen(to transport: HTTPTransport) -> Bool {
        if transport.isInternal || transport.mayBePublic && isPublic { return true }
        guard let ip else { return false }
        return transport.networks.contains { $0.contains(ip) }
    }

    private var ip: IPAddress? {
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
        switch family {
        case AF_INET where bytes.count >= 8: return IPAddress(high: 0, low: 0xFFFF_0000_0000 | number(4..<8))
        case AF_INET6 where bytes.count >= 24: return IPAddress(high: number(8..<16), low: number(16..<24))
        default: return nil
        }
    }
}
