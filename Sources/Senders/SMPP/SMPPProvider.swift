import Domain

/// A provider that speaks SMPP 3.4: an SMSC, or an aggregator with an SMPP gateway. All its sessions run on the thread
/// of the loop that it is given, and stay up for as long as it lives, so that receipts come in.
///
/// Says `notSent` only where no byte of a submit can have left, and `inDoubt` where one may have and no answer came.
package final class SMPPProvider: Provider {
    package let name: String
    private let endpoint: SMPPEndpoint
    private let loop: SMPPLoop

    package init(
        name: String, config: SMPPConfig, loop: SMPPLoop, sink: (any ReceiptSink)? = nil,
        allowedInFlight: @escaping @Sendable () -> Int = { .max }
    ) {
        self.name = name
        self.loop = loop
        endpoint = SMPPEndpoint(name: name, config: config, sink: sink, allowedInFlight: allowedInFlight)
    }

    deinit { loop.submit(.forget(endpoint)) }

    /// Binds now and not with the first message: what was sent before a restart has its receipts waiting.
    package func open() { loop.submit(.open(endpoint)) }

    package func send(_ batch: borrowing MessageBatch, witness: any CallWitness) async -> [Outcome] {
        guard !batch.messages.isEmpty else { return [] }
        let batch = copy batch
        return await withCheckedContinuation { continuation in
            loop.submit(
                .send(SMPPJob(endpoint: endpoint, batch: batch, witness: witness, continuation: continuation)))
        }
    }
}
