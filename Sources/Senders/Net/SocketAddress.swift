internal import CCurl
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

extension AddressGuard {
    /// Of what a C library is about to connect to.
    static func isPublic(_ address: UnsafePointer<sockaddr>, _ length: UInt32) -> Bool {
        let bytes = UnsafeRawBufferPointer(start: address, count: Int(length))
        return SocketAddress(family: Int32(address.pointee.sa_family), bytes: Array(bytes)).isPublic
    }
}
