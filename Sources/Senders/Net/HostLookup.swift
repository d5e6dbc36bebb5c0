// In a release build the C library's types count as those of the first module that includes their headers.
private import CCurl
private import Foundation

/// Looks host names up on threads of their own: the system's resolver waits, for many seconds where a name server is
/// dead, and a session's thread never may.
enum HostLookup {
    enum Answer: Sendable {
        case addresses([SocketAddress])
        /// In words for people.
        case failed(String)
    }

    /// Calls back once, on another thread.
    static func addresses(of host: String, port: UInt16, _ done: @escaping @Sendable (Answer) -> Void) {
        let thread = Thread { done(lookUp(host: host, port: port)) }
        thread.name = "resolver"
        thread.stackSize = 1 << 18
        thread.start()
    }

    private static func lookUp(host: String, port: UInt16) -> Answer {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, String(port), &hints, &list)
        guard result == 0 else {
            return .failed("the host name is not known: \(String(cString: gai_strerror(result)))")
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let name = entry.ai_addr {
                let bytes = Array(UnsafeRawBufferPointer(start: name, count: Int(entry.ai_addrlen)))
                addresses.append(SocketAddress(family: entry.ai_family, bytes: bytes))
            }
            next = entry.ai_next
        }
        return .addresses(addresses)
    }
}
