private import CCurl

/// What a curl loop keeps for one endpoint: how many of its requests are under way, over all batches, and the
/// transfers that wait to be used again.
///
/// A message waits here for its place and not inside libcurl, which would take it and let it wait for a connection
/// while its time-outs run: four batches of 64 on 128 connections ended as "no connection in time" as soon as an
/// answer took longer than a connection may. With a place taken, libcurl starts on the request at once.
///
/// Over HTTP/2 the first request goes alone, and each answer makes room for one more beside those that follow, for a
/// second: some servers, Apple's among them, allow one stream on a connection until they know who it is, and libcurl
/// opens a connection for each request that finds no free stream.
final class CurlLane {
    private let endpoint: HTTPEndpoint
    private var underWay = 0
    private var idle: [CurlTransfer] = []
    /// When the first request of all started, and how many were answered since.
    private var firstStart: Int64?
    private var answered = 0
    /// Nil where the host is asked over HTTP/2, whose streams are no connections.
    private let host: CurlHost?
    /// The connections, where they are the endpoint's own; otherwise the multi handle keeps them for all.
    private let connections: UnsafeMutableRawPointer?

    init(endpoint: HTTPEndpoint, host: CurlHost) {
        self.endpoint = endpoint
        self.host = endpoint.transport.version == .two ? nil : host
        connections = endpoint.transport.hasOwnConnections ? UnsafeMutableRawPointer(curl_share_init()) : nil
        if let connections { herald_share_connections(connections) }
    }

    deinit {
        // The handles that use the connections go first.
        idle = []
        if let connections { herald_share_cleanup(connections) }
    }

    func hasPlace(now: Int64) -> Bool {
        guard underWay < min(endpoint.transport.concurrency, endpoint.allowedInFlight()) else { return false }
        if let host { return host.hasPlace }
        return underWay <= answered || now - (firstStart ?? now) >= Self.patience
    }

    private static let patience: Int64 = 1000

    /// A transfer and with it a place, until it is given back. Nil where libcurl has no memory.
    func take(epoll: EpollSet, now: Int64) -> CurlTransfer? {
        guard let transfer = idle.popLast() ?? CurlTransfer(endpoint: endpoint, epoll: epoll, connections: connections)
        else { return nil }
        underWay += 1
        if firstStart == nil { firstStart = now }
        host?.take()
        return transfer
    }

    func giveBack(_ transfer: CurlTransfer) {
        underWay -= 1
        if transfer.hasAnswer { answered += 1 }
        host?.giveBack()
        idle.append(transfer)
    }
}
