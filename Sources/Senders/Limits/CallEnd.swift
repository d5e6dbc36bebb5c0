/// What the end of a call says about the provider, not about the recipient.
package enum CallEnd: Sendable, Hashable, CaseIterable {
    /// It did its work: a refusal for good is the recipient's fault, not the provider's.
    case healthy
    /// It lives and has a limit.
    case throttled
    /// It broke, refused us for now, or could not be reached.
    case failed
    /// It said nothing in time.
    case timedOut

    package init(_ call: ProviderCall) {
        // One message of many that was refused says nothing of a provider that answered for all of them.
        let isWhole = call.places.count > 1 && call.status >= 200 && call.status < 300
        self =
            switch call.kind {
            case .sent: .healthy
            // 401 and 402 are about our account, whatever else the adapter makes of them.
            case .permanent: call.status == 401 || call.status == 402 ? .failed : .healthy
            case .throttled: .throttled
            case .temporary, .notSent: isWhole ? .healthy : .failed
            case .inDoubt: isWhole ? .healthy : call.status == 0 ? .timedOut : .failed
            }
    }
}
