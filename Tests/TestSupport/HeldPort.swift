import Glibc

/// A port of this machine that nobody else gets as long as this is there. Bound and not listened on: a program that the
/// test starts may bind it all the same where it sets SO_REUSEADDR, as servers do, and until then whoever
/// connects is refused.
package final class HeldPort: Sendable {
    package let number: UInt16
    private let descriptor: Int32

    package init() {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        withUnsafeMutablePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                _ = bind(descriptor, name, length)
                _ = getsockname(descriptor, name, &length)
            }
        }
        number = UInt16(bigEndian: name.sin_port)
    }

    deinit { close(descriptor) }

    /// Whether a server takes connections there by now.
    package var isServed: Bool {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(client) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        name.sin_port = number.bigEndian
        return withUnsafeMutablePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                connect(client, name, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
