private import CMicroHTTP
private import Glibc

/// A TCP socket that listens, closed on its owner's order. Opened here and not by the server library,
/// because the library hides why it failed.
struct ListeningSocket {
    let descriptor: Int32
    /// The port that was bound; where 0 was asked for, the one the system chose.
    let port: UInt16

    init(_ options: HTTPServer.Options) throws(HTTPServerError) {
        if let inherited = options.inherited {
            try self.init(inherited: inherited)
        } else {
            try self.init(address: options.address, port: options.port)
        }
    }

    init(address: String, port: UInt16) throws(HTTPServerError) {
        var name = sockaddr_storage()
        guard let length = Self.name(address, port, &name) else { throw .badAddress(address) }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(Int32(name.ss_family), type, 0)
        guard descriptor >= 0 else { throw Self.failure(errno, address, port) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let failed = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) != 0 || listen(descriptor, 1024) != 0
            }
        }
        guard !failed, let port = Self.port(of: descriptor) else {
            let error = Self.failure(errno, address, port)
            Glibc.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.port = port
    }

    /// A socket that listens already. Made fit: not waiting, and not handed to child processes.
    private init(inherited: Int32) throws(HTTPServerError) {
        var isListening: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(inherited, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0, isListening != 0,
            let port = Self.port(of: inherited)
        else { throw .badInheritedSocket(inherited) }
        _ = fcntl(inherited, F_SETFD, FD_CLOEXEC)
        _ = fcntl(inherited, F_SETFL, fcntl(inherited, F_GETFL) | O_NONBLOCK)
        descriptor = inherited
        self.port = port
    }

    func close() { Glibc.close(descriptor) }

    private static func name(_ address: String, _ port: UInt16, _ name: inout sockaddr_storage) -> socklen_t? {
        withUnsafeMutableBytes(of: &name) { name in
            var four = sockaddr_in()
            if inet_pton(AF_INET, address, &four.sin_addr) == 1 {
                four.sin_family = sa_family_t(AF_INET)
                four.sin_port = port.bigEndian
                name.storeBytes(of: four, as: sockaddr_in.self)
                return socklen_t(MemoryLayout<sockaddr_in>.size)
            }
            var six = sockaddr_in6()
            guard inet_pton(AF_INET6, address, &six.sin6_addr) == 1 else { return nil }
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            name.storeBytes(of: six, as: sockaddr_in6.self)
            return socklen_t(MemoryLayout<sockaddr_in6>.size)
        }
    }

    private static func port(of descriptor: Int32) -> UInt16? {
        var name = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard getsockname(descriptor, pointer, &length) == 0 else { return nil }
                // The port stands at the same place in both kinds.
                let raw = UnsafeRawPointer(pointer)
                return UInt16(bigEndian: raw.load(as: sockaddr_in.self).sin_port)
            }
        }
    }

    private static func failure(_ code: Int32, _ address: String, _ port: UInt16) -> HTTPServerError {
        switch code {
        case EADDRINUSE: .portInUse(port: port)
        case EACCES, EPERM: .portNotAllowed(port: port)
        case EADDRNOTAVAIL: .badAddress(address)
        default: .cannotListen(reason: String(cString: strerror(code)))
        }
    }
}
