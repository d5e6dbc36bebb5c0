import Foundation

/// A listening socket that systemd holds open while Herald restarts, so that nobody is refused meanwhile.
enum InheritedSocket {
    /// The first of those that were passed on to this very process.
    static func descriptor() -> Int32? {
        let environment = ProcessInfo.processInfo.environment
        guard environment["LISTEN_PID"] == String(getpid()), let count = environment["LISTEN_FDS"].flatMap({ Int($0) }),
            count >= 1
        else { return nil }
        return 3
    }
}
