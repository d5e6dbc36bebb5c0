import Domain

/// A provider with an HTTP API, by configuration. One request for each message, several of a batch
/// under way at a time, all on the thread of the curl loop it is given.
///
/// Says `notSent` only where no byte of the request can have left, and `inDoubt` where one may have and
/// no usable answer came.
package final class HTTPProvider: Provider {
    package let name: String
    private let endpoint: HTTPEndpoint
    private let loop: CurlLoop
    private let keySuffix: [UInt8]

    /// `installation` tells this installation's idempotency keys from those of others on the same account.
    package init(name: String, config: HTTPProviderConfig, loop: CurlLoop, installation: String = "herald") {
        self.name = name
        self.loop = loop
        endpoint = HTTPEndpoint(config)
        keySuffix = Array("-\(installation)".utf8)
    }

    deinit { loop.submit(.forget(endpoint)) }

    package func send(_ batch: borrowing MessageBatch, mayStillSend: @escaping @Sendable () -> Bool) async -> [Outcome]
    {
        guard !batch.messages.isEmpty else { return [] }
        let source = RequestSource(copy batch, keySuffix: keySuffix)
        return await withCheckedContinuation { continuation in
            loop.submit(
                .send(
                    HTTPJob(endpoint: endpoint, source: source, mayStillSend: mayStillSend, continuation: continuation))
            )
        }
    }
}
