/// Reasons that more than one part gives or compares. Short and constant: a reason is stored once a
/// message, and never holds an address.
///
/// A provider's refusal is one of the words, followed by the vendor's own code in brackets:
/// `invalid_recipient (twilio 21211)`.
package enum ProviderReason {
    /// The worker may no longer send: its lease has run out, and another worker may own the messages.
    package static let leaseOver = "the lease ran out"
    /// The provider was taken out, by its breaker or by hand, before the request was written.
    package static let providerOut = "the provider is out"
    /// The process is ending, and takes no more messages.
    package static let senderStopped = "the sender has stopped"

    /// A setting must not open the network that Herald stands in.
    package static let privateAddress =
        "its host has a private address: if that is meant, give the provider the setting internal=true"

    /// No such number, mailbox or user.
    package static let invalidRecipient = "invalid_recipient"
    /// A push token that no device has any more.
    package static let unregistered = "unregistered"
    /// The provider itself knows that this person does not want messages.
    package static let optedOut = "opted_out"
    /// A mailbox that exists and does not take the message: full, or closed for now.
    package static let mailboxRefused = "mailbox_refused"
    package static let contentRefused = "content_refused"
    package static let senderRefused = "sender_refused"
    /// Wrong credentials, an empty balance, a suspended account: never the recipient's fault.
    package static let accountRefused = "account_refused"
    /// The account does not serve this destination.
    package static let routeRefused = "route_refused"
    package static let tooLarge = "too_large"
    package static let rateLimited = "rate_limited"
    package static let providerBusy = "provider_busy"
    package static let providerError = "provider_error"
    package static let timeOut = "time_out"
    package static let noConnection = "no_connection"
    package static let unclearReply = "unclear_reply"

    /// A word with the vendor's own code.
    package static func text(_ word: String, _ vendor: String, _ code: some CustomStringConvertible) -> String {
        "\(word) (\(vendor) \(code))"
    }

    /// The word that a reason begins with.
    package static func word(of reason: String) -> Substring { reason.prefix { $0 != " " } }
}
