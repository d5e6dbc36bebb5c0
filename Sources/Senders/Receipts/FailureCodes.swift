import Domain

/// What a vendor's codes in receipts mean beyond the message: that nobody is there any more, or that the person
/// does not want to be written to.
struct FailureCodes: Sendable {
    let codes: VendorCodes
    /// The number or the account is gone: not worth another try, ever.
    var dead: Set<String> = []
    /// The person told the vendor or the carrier to stop.
    var stopped: Set<String> = []

    /// The events of a receipt that may carry a code; empty and "0" mean that nothing went wrong.
    func events(_ status: ReceiptStatus, code: String) -> [ReceiptEvent] {
        let isFailure = status.state == .undelivered || status.state == .failed
        guard isFailure, !code.isEmpty, code != "0" else { return [.status(status)] }
        var status = status
        let word = codes.word(code)
        status.reason = ProviderReason.text(word.isEmpty ? ProviderReason.providerError : word, codes.vendor, code)
        if dead.contains(code) { status.state = .bouncedHard }
        guard stopped.contains(code) else { return [.status(status)] }
        var stop = status
        stop.state = .unsubscribed
        return [.status(status), .status(stop)]
    }
}
