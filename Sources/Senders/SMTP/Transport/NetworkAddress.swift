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

    /// Reachable only from here or from our own network, or no host at all.
    var isPrivate: Bool { withSocketAddress { !AddressGuard.isPublic($0, $1) } }

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
