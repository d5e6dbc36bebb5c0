/// What a curl loop keeps for one endpoint: how many of its requests are under way, over all batches, and the
/// transfers that wait to be used again.
///
/// A message waits here for its place and not inside libcurl, which would take it and let it wait for a connection
/// while its time-outs run: four batches of 64 on 128 connections ended as "no connection in time" as soon as an
/// answer took longer than a connection may. With a place taken, libcurl starts on the request at once.
final class CurlLane {
    private let endpoint: HTTPEndpoint
    private let host: CurlHost
    private var underWay = 0
    private var idle: [CurlTransfer] = []

    init(endpoint: HTTPEndpoint, host: CurlHost) {
        self.endpoint = endpoint
        self.host = host
    }

    var hasPlace: Bool {
        underWay < min(endpoint.transport.concurrency, endpoint.allowedInFlight()) && host.hasPlace
    }

    /// A transfer and with it a place, until it is given back. Nil where libcurl has no memory.
    func take(epoll: EpollSet) -> CurlTransfer? {
        guard let transfer = idle.popLast() ?? CurlTransfer(endpoint: endpoint, epoll: epoll) else { return nil }
        underWay += 1
        host.take()
        return transfer
    }

    func giveBack(_ transfer: CurlTransfer) {
        underWay -= 1
        host.giveBack()
        idle.append(transfer)
    }
}
