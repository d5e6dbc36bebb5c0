import Domain

/// SMPP receipts as one kind of callback among the others. They come over a session that we bound ourselves, so there
/// is nothing more to verify.
package struct SMPPCallbackReader: CallbackReader {
    package init() {}

    package func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict { .genuine }

    package func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        guard SMPPDelivery(callback.body) != nil else {
            throw UnreadableCallback("This is no whole deliver_sm or data_sm.")
        }
        return SMPPReceipts.read(callback)
    }
}
