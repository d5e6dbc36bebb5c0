import Glibc

@testable import Senders

extension Resolver {
    /// An address in digits, without asking anybody; also where this machine has no address of the family.
    static func numeric(_ text: String) -> NetworkAddress? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICHOST
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(text, "25", &hints, &first) == 0, let info = first else { return nil }
        defer { freeaddrinfo(first) }
        return NetworkAddress(info.pointee.ai_addr, length: info.pointee.ai_addrlen)
    }
}
