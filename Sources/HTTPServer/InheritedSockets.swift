private import Glibc

/// Listening sockets that systemd opened for this process (`LISTEN_FDS`): it holds them over a restart, so that nobody
/// is refused meanwhile. Another program that starts this one can pass sockets the same way.
package enum InheritedSockets {
    private static let first: Int32 = 3
    private static let most: Int32 = 64

    /// The descriptors, in the order of the unit; empty where there are none. Taken once: child processes aren't
    /// meant to find them.
    package static func take() -> [Int32] {
        defer { for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) } }
        guard let process = number("LISTEN_PID"), process == getpid(), let count = number("LISTEN_FDS"),
            count > 0, count <= most
        else { return [] }
        return Array(first..<first + count)
    }

    private static func number(_ name: String) -> Int32? { getenv(name).flatMap { Int32(String(cString: $0)) } }
}
