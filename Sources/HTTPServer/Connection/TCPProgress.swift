private import CMicroHTTP

/// How far a TCP connection has come, by the system's own count: it includes what waits in buffers that no one shows.
struct TCPProgress {
    let received: UInt64
    let acknowledged: UInt64
    /// Bytes that the other end hasn't acknowledged.
    let unsent: UInt32

    /// Nil for another kind of socket.
    init?(_ socket: Int32) {
        var received: UInt64 = 0
        var acknowledged: UInt64 = 0
        var unsent: UInt32 = 0
        guard herald_tcp_progress(socket, &received, &acknowledged, &unsent) == 0 else { return nil }
        self.received = received
        self.acknowledged = acknowledged
        self.unsent = unsent
    }
}
