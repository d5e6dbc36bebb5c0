/// Brevo's error codes. `invalid_parameter` and `missing_parameter` are of many things: which, its words say.
extension BrevoAdapter {
    static func code(_ code: String, _ message: String) -> String {
        guard code == "invalid_parameter" || code == "missing_parameter" else { return String(code.prefix(40)) }
        let message = message.lowercased()
        if message.contains("sender") || message.contains("replyto") { return code + " sender" }
        if message.contains("content") || message.contains("subject") || message.contains("template") {
            return code + " content"
        }
        if message.contains("email") || message.contains(" to") { return code + " to" }
        return code
    }

    /// Those of the API's description (`brevo-python` 5.1) that a send can meet; behind them the events of its
    /// webhooks.
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["too_many_requests", "rate_limit_exceeded"]),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    "not_enough_credits", "Insufficient credits", "permission_denied", "unauthorized",
                    "Authentication failed", "api-key not found", "account_under_validation", "method_not_allowed",
                    "document_not_found", "DMARC policy requires domain authentication",
                    "DNS records not properly configured", "Domain does not exist",
                ]
            ),
            (.temporary(ProviderReason.providerBusy), ["campaign_processing"]),
            (.temporary(ProviderReason.senderRefused), ["invalid_parameter sender", "missing_parameter sender"]),
            // The key was used: this very request was taken before, and what came of it was not heard.
            (.inDoubt, ["duplicate_parameter", "duplicate_request", "Request already processed"]),
            (
                .permanent(ProviderReason.invalidRecipient),
                ["invalid_parameter to", "missing_parameter to", "hard_bounce", "invalid_email"]
            ),
            (.permanent(ProviderReason.optedOut), ["blocked", "unsubscribed"]),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "invalid_parameter", "missing_parameter", "invalid_parameter content", "missing_parameter content",
                    "not_acceptable", "bad_request", "unprocessable_entity", "Invalid parameters passed",
                    "Returned when invalid data posted",
                ]
            ),
            (.permanent(ProviderReason.tooLarge), ["out_of_range"]),
            (.permanent(ProviderReason.providerError), ["soft_bounce", "error"]),
        ])
}
