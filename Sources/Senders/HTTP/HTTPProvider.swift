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
    init(
        name: String, adapter: any HTTPAdapter, loop: CurlLoop, installation: String = "herald",
        allowedInFlight: @escaping @Sendable () -> Int = { .max }
    ) {
        self.name = name
        self.loop = loop
        endpoint = HTTPEndpoint(adapter, allowedInFlight: allowedInFlight)
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
        if let credentials = endpoint.adapter.credentials {
            do {
                source.credential = try await current(credentials, for: count, witness)
            } catch {
                return Array(repeating: error.outcome, count: count)
            }
        }
        let ready = source
        return await withCheckedContinuation { continuation in
            let job = HTTPJob(endpoint: endpoint, source: ready, witness: witness, continuation: continuation)
            if job.isFinished { job.resume() } else { loop.submit(.send(job)) }
        }
    }

    /// Fetching credentials is a call to the provider like any other: it needs leave, and its end tells how the provider
    /// is. One that worked carried no message; one that failed is where all of the batch's ended.
    private func current(
        _ credentials: any CredentialSource, for count: Int, _ witness: any CallWitness
    ) async throws(CredentialFault) -> [UInt8] {
        if let held = credentials.held { return held }
        let leave = witness.leave()
        guard leave == .granted else { throw CredentialFault(.notSent(reason: leave.reason)) }
        let start = ContinuousClock.now
        func call(_ places: Range<Int>, status: Int, _ outcome: Outcome?) -> ProviderCall {
            let duration = start.duration(to: .now)
            return ProviderCall(
                places: places, startedAt: Timestamp.now - duration, duration: duration, status: Int32(status),
                kind: outcome?.kind ?? .sent, reply: Array((outcome?.reason ?? "").utf8))
        }
        witness.began()
        do {
            let fetched = try await credentials.current(over: loop)
            witness.ended(call(0..<0, status: 200, nil))
            return fetched
        } catch {
            witness.ended(call(0..<count, status: error.status, error.outcome))
            throw error
        }
    }
}
