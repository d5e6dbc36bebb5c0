import Domain

/// One SMTP account: where it is, how to speak to it, what its messages look like. Parsed from JSON
/// (`SMTPConfig+Parsing.swift` lists the settings); immutable.
package struct SMTPConfig: Sendable {
    var host = ""
    var port = 587
    var session = SMTPSession.Options()
    var mail: MailSettings
    /// The address that bounces go to; the sender's own where there is none.
    var envelopeFrom: [UInt8]?
    var connections = 8
    /// Nil where the connection stays in clear.
    var tls: TLSContext?
    /// May stand on a private address and be spoken to in clear. Nothing else may: a provider's settings must not
    /// open the own network.
    var isInternal = false
    var meaning = SMTPMeaning()
    /// From the dial to the connection standing, TLS included, over all of the host's addresses.
    var connectTimeout: Duration = .seconds(10)
    /// For any answer but the one to a whole message.
    var replyTimeout: Duration = .seconds(60)
    /// For the answer to a whole message: servers look through it first.
    var deliveryTimeout: Duration = .seconds(120)
    /// How long a connection is kept without work.
    var idleTimeout: Duration = .seconds(10)
}
