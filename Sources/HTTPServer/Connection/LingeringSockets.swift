internal import CMicroHTTP
internal import Glibc

/// Sockets whose client was answered before it had sent everything. Closed at once, the system would answer what is
/// still under way with a reset, and that wipes out the answer before the client has read it. So what comes is thrown
/// away for a while, or until the client has had enough.
final class LingeringSockets {
    private struct Socket {
        var descriptor: Int32
        var until: Int64
        var left: Int
    }

    private static let patience: Int64 = 5000
    /// A client that does not stop is not listened to for ever.
    private static let most = 16 << 20
    private static let maximum = 256

    private var sockets: [Socket] = []

    deinit { closeAll() }

    /// Takes a copy of the descriptor: the library closes its own.
    func keep(_ descriptor: Int32, now: Int64) {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return }
        if sockets.count >= Self.maximum { close(sockets.removeFirst().descriptor) }
        sockets.append(Socket(descriptor: copy, until: now + Self.patience, left: Self.most))
    }

    func watch(_ watched: inout [pollfd]) {
        for socket in sockets { watched.append(pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)) }
    }

    /// Milliseconds until the first has had its time.
    func wait(now: Int64) -> Int64? { sockets.first.map { max(0, $0.until - now) } }

    func run(now: Int64) {
        if sockets.isEmpty { return }
        var kept: [Socket] = []
        for var socket in sockets {
            if now < socket.until, goesOn(&socket) { kept.append(socket) } else { close(socket.descriptor) }
        }
        sockets = kept
    }

    func closeAll() {
        for socket in sockets { close(socket.descriptor) }
        sockets = []
    }

    private func goesOn(_ socket: inout Socket) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
            for _ in 0..<16 {
                let count = recv(socket.descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
                if count < 0 { return errno == EAGAIN || errno == EINTR }
                socket.left -= count
                if count == 0 || socket.left <= 0 { return false }
            }
            return true
        }
    }
}
