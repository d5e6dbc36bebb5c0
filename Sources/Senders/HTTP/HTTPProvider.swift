import Domain

/// A provider with an HTTP API: whatever an adapter says of it, over a curl loop. Several requests of a batch are
/// under way at a time, all on the thread of the loop.
///
/// Says `notSent` only where no byte of the request can have left, and `inDoubt` where one may have and
/// no usable answer came.
package final class HTTPProvider: Provider {
    package let name: String
    private let endpoint: HTTPEndpoint
    private let loop: CurlLoop
    private let keySuffix: [UInt8]

    /// `installation` tells this installation's idempotency keys from those of others on the same account.
    init(name: String, adapter: any HTTPAdapter, loop: CurlLoop, installation: String = "herald") {
        self.name = name
        self.loop = loop
        endpoint = HTTPEndpoint(adapter)
        keySuffix = Array("-\(installation)".utf8)
    }

    package convenience init(
        name: String, config: HTTPProviderConfig, loop: CurlLoop, installation: String = "herald"
    ) {
        self.init(name: name, adapter: ConfiguredAdapter(config), loop: loop, installation: installation)
    }

    deinit { loop.submit(.forget(endpoint)) }

    package func send(_ batch: borrowing MessageBatch, witness: any CallWitness) async -> [Outcome] {
        let count = batch.messages.count
        guard count > 0 else { return [] }
        var source = RequestSource(copy batch, keySuffix: keySuffix)
        do {
            if let credentials = endpoint.adapter.credentials {
                source.credential = try await credentials.current()
            }
        } catch {
            return Array(repeating: error.outcome, count: count)
        }
        let ready = source
        return await withCheckedContinuation { continuation in
            let job = HTTPJob(endpoint: endpoint, source: ready, witness: witness, continuation: continuation)
            if job.isFinished { job.resume() } else { loop.submit(.send(job)) }
        }
    }
}
