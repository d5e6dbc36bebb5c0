private import CCurl
private import Foundation
private import Glibc

/// Turns a host's name into addresses, off the thread that asks: `getaddrinfo` blocks for as long as the name
/// servers like.
struct Resolver: Sendable {
    /// Nil where the name has no address, or nobody answered.
    var addresses: @Sendable (_ host: String, _ port: Int) -> [NetworkAddress]?

    static let system = Resolver(addresses: ask)

    private static func ask(_ host: String, _ port: Int) -> [NetworkAddress]? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &first) == 0 else { return nil }
        defer { freeaddrinfo(first) }
        var found: [NetworkAddress] = []
        var entry = first
        while let info = entry {
            if let address = info.pointee.ai_addr.flatMap({ NetworkAddress($0, length: info.pointee.ai_addrlen) }),
                !found.contains(address)
            {
                found.append(address)
            }
            entry = info.pointee.ai_next
        }
        return found
    }

    /// Asks on a thread of its own, so that one name that nobody answers for does not hold up another. There are few:
    /// answers are kept, and a host is asked for once at a time.
    func resolve(_ host: String, _ port: Int, _ done: @escaping @Sendable ([NetworkAddress]?) -> Void) {
        let addresses = addresses
        let thread = Thread { done(addresses(host, port)) }
        thread.name = "smtp-dns"
        thread.stackSize = 1 << 19
        thread.start()
    }
}
