/// Takes what providers tell of messages that were sent: receipts, replies. What a session received it acknowledges
/// only once the sink has stored it, so that nothing a provider said is lost.
package protocol ReceiptSink: Sendable {
    /// Stores a callback as it came. False where it could not be stored: the provider is then asked to send it again.
    func receive(_ callback: ProviderCallback) async -> Bool
}
