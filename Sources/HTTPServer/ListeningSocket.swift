private import Glibc

/// A TCP socket that listens, closed on its owner's order. Opened here and not by the server library,
/// because the library hides why it failed.
struct ListeningSocket {
    let descriptor: Int32
    /// The port that was bound; where 0 was asked for, the one the system chose.
    let port: UInt16

    init(address: String, port: UInt16) throws(HTTPServerError) {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else { throw .badAddress(address) }

        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, type, 0)
        guard descriptor >= 0 else { throw Self.failure(errno, address, port) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) != 0 || listen(descriptor, 1024) != 0
                    || getsockname(descriptor, pointer, &length) != 0
            }
        }
        if failed {
            let error = Self.failure(errno, address, port)
            Glibc.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.port = UInt16(bigEndian: name.sin_port)
    }

    func close() { Glibc.close(descriptor) }

    private static func failure(_ code: Int32, _ address: String, _ port: UInt16) -> HTTPServerError {
        switch code {
        case EADDRINUSE: .portInUse(port: port)
        case EACCES, EPERM: .portNotAllowed(port: port)
        case EADDRNOTAVAIL: .badAddress(address)
        default: .cannotListen(reason: String(cString: strerror(code)))
        }
    }
}
