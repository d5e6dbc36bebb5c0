import Domain

/// What SES answers: one id for one message, a status for each entry of many, or the name of an error.
enum AmazonSESReply {
    static func outcomes(_ reply: borrowing HTTPReply, count: Int) -> [Outcome] {
        let json = reply.json
        let codes = AmazonSESAdapter.codes
        let unclear = codes.unclear(reply.status)
        guard reply.status == 200 else {
            let code = code(
                reply.header("x-amzn-ErrorType") ?? json?["__type"]?.stringValue ?? json?["code"]?.stringValue ?? "",
                json?["message"]?.stringValue ?? json?["Message"]?.stringValue ?? "")
            return Array(repeating: codes.refusal(reply, code: code), count: count)
        }
        if count == 1 {
            return [codes.accepted(json?["MessageId"]?.stringValue, status: 200)]
        }
        guard let results = json?["BulkEmailEntryResults"]?.arrayValue, results.count == count else {
            return Array(repeating: unclear, count: count)
        }
        return results.map { result in
            guard let status = result["Status"]?.stringValue else { return unclear }
            if status == "SUCCESS" {
                return codes.accepted(result["MessageId"]?.stringValue, status: 200)
            }
            let code = code(status, result["Error"]?.stringValue ?? "")
            // SES says by a status that it did not take the message, known to us or not.
            return codes.outcome(code, retryAfter: nil)
                ?? .temporary(reason: ProviderReason.text(ProviderReason.providerError, AmazonSESAdapter.kind, code))
        }
    }

    /// `MessageRejected:http://internal.amazon.com/…`, `com.amazonaws.…#MessageRejected` -> `MessageRejected`. Errors
    /// that are of several things are told apart by their words.
    private static func code(_ type: String, _ message: String) -> String {
        var name = type.prefix { $0 != ":" }
        if let hash = name.lastIndex(of: "#") { name = name[name.index(after: hash)...] }
        let code = String(name.prefix(60))
        let message = message.lowercased()
        switch code {
        case "MessageRejected", "MESSAGE_REJECTED", "FAILED":
            return message.contains("not verified") ? "\(code) unverified" : code
        case "BadRequestException", "INVALID_PARAMETER":
            let isAddress = ["address", "@domain", "domain contains", "domain starts"].contains { message.contains($0) }
            return isAddress ? "\(code) address" : code
        case "ThrottlingException", "TooManyRequestsException", "Throttling", "LimitExceededException":
            return message.contains("daily") ? "\(code) daily" : code
        default: return code
        }
    }
}

extension AmazonSESAdapter {
    /// https://docs.aws.amazon.com/ses/latest/APIReference-V2: errors of SendEmail and SendBulkEmail, those common to
    /// all of Amazon's services, the statuses of bulk entries; behind them the kinds of bounces.
    static let codes = VendorCodes(
        kind,
        [
            (
                .throttled,
                [
                    "TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException",
                    "ACCOUNT_THROTTLED", "RequestLimitExceeded",
                ]
            ),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    "AccountSuspendedException", "SendingPausedException", "AccessDeniedException", "AccessDenied",
                    "InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException",
                    "ExpiredTokenException", "ExpiredToken", "IncompleteSignature", "InvalidClientTokenId",
                    "MissingAuthenticationToken", "MissingAuthenticationTokenException", "OptInRequired",
                    "RequestExpired", "NotAuthorized", "NotFoundException", "MessageRejected unverified",
                    "MESSAGE_REJECTED unverified", "FAILED unverified", "ThrottlingException daily",
                    "TooManyRequestsException daily", "Throttling daily", "LimitExceededException daily",
                    "ACCOUNT_SUSPENDED", "ACCOUNT_DAILY_QUOTA_EXCEEDED", "ACCOUNT_SENDING_PAUSED",
                    "CONFIGURATION_SET_SENDING_PAUSED", "CONFIGURATION_SET_NOT_FOUND",
                    "CONFIGURATION_SET_DOES_NOT_EXIST", "INVALID_SENDING_POOL_NAME", "TEMPLATE_NOT_FOUND",
                    "TEMPLATE_DOES_NOT_EXIST",
                ]
            ),
            (
                .temporary(ProviderReason.senderRefused),
                ["MailFromDomainNotVerifiedException", "MAIL_FROM_DOMAIN_NOT_VERIFIED"]
            ),
            (.temporary(ProviderReason.providerBusy), ["TRANSIENT_FAILURE", "ServiceUnavailable", "FAILED"]),
            (.inDoubt, ["InternalFailure", "InternalServiceErrorException", "InternalServerError"]),
            (
                .permanent(ProviderReason.invalidRecipient),
                [
                    "BadRequestException address", "INVALID_PARAMETER address", "Permanent General",
                    "Permanent NoEmail",
                    "Permanent Suppressed", "Permanent OnAccountSuppressionList", "Permanent UnsubscribedRecipient",
                ]
            ),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "MessageRejected", "MESSAGE_REJECTED", "BadRequestException", "INVALID_PARAMETER",
                    "ValidationException", "Transient ContentRejected", "Transient AttachmentRejected", "Reject",
                    "Rendering Failure",
                ]
            ),
            (.permanent(ProviderReason.tooLarge), ["Transient MessageTooLarge"]),
            (
                .permanent(ProviderReason.providerError),
                [
                    "Transient General", "Transient MailboxFull", "Transient CustomTimeoutExceeded",
                    "Undetermined Undetermined",
                ]
            ),
        ])
}
