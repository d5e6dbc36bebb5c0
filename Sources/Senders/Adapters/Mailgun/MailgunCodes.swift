/// Mailgun's errors: sentences without numbers, told apart by their words.
extension MailgunAdapter {
    static func code(_ message: String) -> String {
        let message = message.lowercased()
        return words.first { message.contains($0.words) }?.code ?? ""
    }

    private static let words: [(words: String, code: String)] = [
        ("limit exceeded", "limit"), ("too many requests", "limit"), ("'from' parameter is not a valid", "from"),
        ("from parameter is missing", "from"), ("'to' parameter is not a valid", "to"),
        ("to parameter is missing", "to"), ("parameter is not a valid address", "to"),
        ("free accounts are for test purposes only", "sandbox"), ("sandbox subdomains are for test", "sandbox"),
        ("activate your mailgun account", "inactive"), ("domain not found", "domain"),
        ("account disabled", "disabled"), ("domain is disabled", "disabled"), ("is disabled", "disabled"),
        ("business verification", "disabled"), ("unverified", "unverified"), ("is not allowed to send", "not_allowed"),
        ("need at least one of", "content"), ("recipient-variables", "variables"), ("message is too", "size"),
        ("message size", "size"), ("invalid private key", "key"), ("invalid api key", "key"), ("forbidden", "key"),
    ]

    /// https://documentation.mailgun.com: API responses by their words; reasons of failed events, and the codes of
    /// delivery that are Mailgun's own (a receiving server's are SMTP's).
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["limit"]),
            (
                .temporary(ProviderReason.accountRefused),
                ["sandbox", "inactive", "domain", "disabled", "unverified", "not_allowed", "key"]
            ),
            (.temporary(ProviderReason.senderRefused), ["from"]),
            (.permanent(ProviderReason.invalidRecipient), ["to", "bounce", "suppress-bounce", "605", "hardfail"]),
            (
                .permanent(ProviderReason.optedOut),
                ["suppress-unsubscribe", "suppress-complaint", "606", "607"]
            ),
            (.permanent(ProviderReason.contentRefused), ["content", "variables", "espblock", "rejected", "virus"]),
            (.permanent(ProviderReason.tooLarge), ["size"]),
            (
                .permanent(ProviderReason.providerError),
                ["generic", "old", "greylisted", "602", "498", "600", "601", "604"]
            ),
        ])
}
