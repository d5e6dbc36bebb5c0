/// One configured provider as the SMPP thread knows it.
final class SMPPEndpoint: Sendable {
    let name: String
    let config: SMPPConfig
    /// Where receipts and replies go. Without one the SMSC is asked to keep them.
    let sink: (any ReceiptSink)?
    /// How many messages may be under way, asked before each is begun.
    let allowedInFlight: @Sendable () -> Int

    init(
        name: String, config: SMPPConfig, sink: (any ReceiptSink)?, allowedInFlight: @escaping @Sendable () -> Int
    ) {
        self.name = name
        self.allowedInFlight = allowedInFlight
        self.config = config
        self.sink = sink
    }
}
