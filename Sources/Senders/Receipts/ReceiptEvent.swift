import Domain

/// What a callback says, whichever provider it came from.
package enum ReceiptEvent: Sendable, Hashable {
    case status(ReceiptStatus)
    case reply(InboundReply)
}

/// What has become of a message.
package struct ReceiptStatus: Sendable, Hashable {
    /// Where the callback carries our own id.
    package var message: MessageID?
    /// The provider's reference in every spelling under which it may have been stored, the likeliest first.
    package var references: [String]
    package var state: ReceiptState
    /// A word of `ProviderReason` and the provider's own code; empty where nothing went wrong.
    package var reason: String
    /// When it happened, as the provider says.
    package var at: Timestamp?
    package var cost: Money?
    /// What was told as the currency of a price and is none in use: the price is not booked, the rest of the receipt counts.
    package var foreignCurrency: String?
    /// The address as the provider writes it, where it is told.
    package var recipient: String?

    package init(
        message: MessageID? = nil, references: [String] = [], state: ReceiptState, reason: String = "",
        at: Timestamp? = nil, cost: Money? = nil, recipient: String? = nil
    ) {
        self.message = message
        self.references = references
        self.state = state
        self.reason = reason
        self.at = at
        self.cost = cost
        self.recipient = recipient
    }

    /// Takes in a price as it was told.
    package mutating func setCost(_ micros: Int64, in code: String) {
        if let currency = Currency(code) {
            cost = Money(micros: micros, currency: currency)
        } else {
            foreignCurrency = String(code.prefix(20))
        }
    }
}

/// A step that a callback reports.
package enum ReceiptState: String, Sendable, Hashable, CaseIterable {
    case sent
    case delivered
    case undelivered
    case failed
    case bouncedHard
    case bouncedSoft
    case complained
    case opened
    case clicked
    case unsubscribed
}

/// What a person wrote back.
package struct InboundReply: Sendable, Hashable {
    package var from: String
    package var to: String
    package var text: String
    package var at: Timestamp?

    package init(from: String, to: String, text: String, at: Timestamp? = nil) {
        self.from = from
        self.to = to
        self.text = text
        self.at = at
    }
}
