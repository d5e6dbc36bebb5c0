import Domain
import Senders
import Storage

/// What follows from receipts for messages to come: who bounces for good, complains or unsubscribes is not sent to
/// any more.
struct ReceiptEffects {
    private enum Effect {
        case suppress(SuppressionReason)
        case softBounce
    }

    private let batch: ReceiptBatch
    private var noted: [(effect: Effect, row: LedgerAttempt, provider: String)] = []

    init(batch: ReceiptBatch) { self.batch = batch }

    /// `isNew` where the receipt changed its message's state: a receipt that comes again has no effect again, because
    /// somebody may have lifted the suppression meanwhile.
    mutating func note(
        _ status: ReceiptStatus, about row: LedgerAttempt, isNew: Bool, provider: String
    ) {
        switch status.state {
        case .unsubscribed: noted.append((.suppress(.optout), row, provider))
        case .bouncedHard where isNew: noted.append((.suppress(.bounce), row, provider))
        case .complained where isNew: noted.append((.suppress(.complaint), row, provider))
        case .bouncedSoft where isNew: noted.append((.softBounce, row, provider))
        case .failed, .undelivered:
            // A push token that no device has any more.
            if isNew, ProviderReason.word(of: status.reason) == ProviderReason.unregistered {
                noted.append((.suppress(.bounce), row, provider))
            }
        default: break
        }
    }

    func store() throws {
        for (effect, row, provider) in noted {
            let person = try batch.recipient(of: row)
            switch effect {
            case .suppress(let reason):
                try batch.suppress([person], reason: reason, origin: "receipt \(provider)")
            case .softBounce:
                let count = try batch.softBounce(person, of: row.message)
                if count >= ReceiptPipeline.softBounceLimit {
                    try batch.suppress([person], reason: .bounce, origin: "receipt \(provider), \(count) soft bounces")
                }
            }
        }
    }
}
