/// Why a server did not start. The text says what to do.
package enum HTTPServerError: Error, Equatable, CustomStringConvertible {
    case portInUse(port: UInt16)
    case portNotAllowed(port: UInt16)
    case badAddress(String)
    case badInheritedSocket(Int32)
    case cannotListen(reason: String)
    case cannotStart

    package var description: String {
        switch self {
        case .portInUse(let port):
            "Port \(port) is already in use: stop the program that holds it (ss -ltnp 'sport = :\(port)') or choose another port."
        case .portNotAllowed(let port):
            "Port \(port) may not be used by this user: choose one from 1024 on."
        case .badAddress(let address):
            "\(address) is not an address of this machine: use 127.0.0.1 or one that `ip addr` shows."
        case .badInheritedSocket(let descriptor):
            "File descriptor \(descriptor) is no listening TCP socket: check the Listen lines of the systemd socket unit."
        case .cannotListen(let reason):
            "The server cannot listen: \(reason)."
        case .cannotStart:
            "The server's threads cannot start: raise the limits on threads, memory or open files (ulimit -a)."
        }
    }
}
