private import CMicroHTTP

/// What is known of one connection beside what the server library keeps: who is at its other end, what it is waiting
/// for, and since when. Touched only by the polling thread.
final class ConnectionRecord {
    enum Phase: Equatable {
        /// No request yet, or the one before is answered.
        case head
        case body
        /// The handler's turn, not the client's.
        case handler
        case answer
    }

    let socket: Int32
    let peer: IPAddress
    /// What its TLS handshake shows.
    var certificate: ServerCertificate?
    /// Where it stands in the list of its thread.
    var index = 0
    /// The request under way.
    unowned(unsafe) var exchange: Exchange?
    private(set) var phase = Phase.head
    private var isFirst = true
    /// Milliseconds of the monotonic clock.
    private var since: Int64
    /// Where the client stood at `since`. Asked for by the sweep alone: a request that is over before the next one
    /// costs nothing.
    private var mark: UInt64?
    /// When the sweep first saw that nothing is under way.
    private var restsSince: Int64?
    /// Milliseconds: who asks all the time asks again within them.
    private static let rest: Int64 = 300

    init(socket: Int32, peer: IPAddress, now: Int64) {
        self.socket = socket
        self.peer = peer
        since = now
    }

    func enter(_ phase: Phase) {
        if phase == self.phase { return }
        self.phase = phase
        mark = nil
        restsSince = nil
        isFirst = false
    }

    /// Nothing of a next request is there, and has not been for a while: a request that is on its way while its connection is
    /// closed would be lost, and a client that asks all the time has one on its way at most times. One that was just
    /// accepted is given longer for its first.
    func isIdle(now: Int64) -> Bool {
        var waiting: Int32 = 0
        guard phase == .head, !isFirst || now - since > 1000, herald_waiting_bytes(socket, &waiting) == 0, waiting == 0
        else {
            restsSince = nil
            return false
        }
        let start = restsSince ?? now
        restsSince = start
        return now - start >= Self.rest
    }

    /// Whether the client has been too slow for too long.
    func isTooSlow(now: Int64, _ options: HTTPServer.Options) -> Bool {
        if phase == .handler { return false }
        let wait = Int64(phase == .head ? options.headSeconds : options.slowSeconds) * 1000
        if phase == .head, isFirst { return now - since > wait }
        guard let progress = TCPProgress(socket) else { return false }
        let place = phase == .answer ? progress.acknowledged : progress.received
        guard let mark else {
            note(place, now)
            return false
        }
        if phase == .head {
            // Without a byte of the next request a connection is idle, which has a limit of its own.
            if place == mark { since = now }
            return now - since > wait
        }
        guard now - since > wait else { return false }
        let isDue = phase == .body || progress.unsent > 0
        let isSlow = isDue && place - mark < UInt64(options.slowBytes * options.slowSeconds)
        note(place, now)
        return isSlow
    }

    private func note(_ place: UInt64, _ now: Int64) {
        mark = place
        since = now
    }
}
