/// One provider as the curl loop knows it: transfers made for it are kept and used again.
final class HTTPEndpoint: Sendable {
    let adapter: any HTTPAdapter
    let transport: HTTPTransport

    init(_ adapter: any HTTPAdapter) {
        self.adapter = adapter
        transport = adapter.transport
    }
}
