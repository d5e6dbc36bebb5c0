/// One provider as the curl loop knows it: transfers made for it are kept and used again.
final class HTTPEndpoint: Sendable {
    let adapter: any HTTPAdapter
    let transport: HTTPTransport

    /// How many of its requests may be under way, as far as its latency tells.
    let allowedInFlight: @Sendable () -> Int

    init(_ adapter: any HTTPAdapter, allowedInFlight: @escaping @Sendable () -> Int = { .max }) {
        self.adapter = adapter
        self.allowedInFlight = allowedInFlight
        transport = adapter.transport
    }
}
