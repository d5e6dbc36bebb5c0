import Domain

/// Amazon SNS: text messages to phone numbers through the Query API, one request a message.
///
/// SNS has no delivery receipts over HTTP; what it can tell are replies, where a number of the account takes them.
struct SNSAdapter: VendorAdapter {
    static let kind = "sns"
    static let channels: [Channel] = [.sms]
    static let settings = AmazonAccount.settings + AmazonTrust.settings + ["from"]

    private(set) var transport = HTTPTransport()
    private let account: AmazonAccount
    private let trust: AmazonTrust?
    private let from: String
    private let now: @Sendable () -> Timestamp

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        try self.init(&reader, now: { .now })
    }

    init(_ reader: inout ConfigReader, now: @escaping @Sendable () -> Timestamp) throws(ConfigError) {
        self.now = now
        account = try AmazonAccount(&reader, prefix: "sns", service: "sns")
        trust = try AmazonTrust(&reader)
        from = try reader.plainText("from") ?? ""
        transport.host = account.base.host
        try transport.read(&reader)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        request.url.append(account.base.bytes)
        request.url.append(UInt8(ascii: "/"))
        request.body.append(form: "Action", Array("Publish".utf8))
        request.body.append(form: "Version", Array("2010-03-31".utf8))
        source.with(message.to) { request.body.append(form: "PhoneNumber", $0) }
        source.with(message.text) { request.body.append(form: "Message", $0) }
        // Promotional ones go where it costs less and arrive when they can.
        let type = source.batch.category == .marketing ? "Promotional" : "Transactional"
        request.body.append(form: "MessageAttributes.entry.1.Name", Array("AWS.SNS.SMS.SMSType".utf8))
        request.body.append(form: "MessageAttributes.entry.1.Value.DataType", Array("String".utf8))
        request.body.append(form: "MessageAttributes.entry.1.Value.StringValue", Array(type.utf8))
        let sender = source.sender(of: message, orElse: from)
        if !sender.isEmpty {
            // A number of the account is another attribute than a name.
            let isNumber = sender.first == UInt8(ascii: "+") || sender.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
            let name = isNumber ? "AWS.MM.SMS.OriginationNumber" : "AWS.SNS.SMS.SenderID"
            request.body.append(form: "MessageAttributes.entry.2.Name", Array(name.utf8))
            request.body.append(form: "MessageAttributes.entry.2.Value.DataType", Array("String".utf8))
            request.body.append(form: "MessageAttributes.entry.2.Value.StringValue", sender)
        }
        account.signature.authorize(
            &request, host: account.hostHeader, path: account.basePath + "/",
            headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")], at: now())
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let body = reply.body
        guard reply.status == 200 else {
            return [Self.codes.refusal(reply, code: XMLText.first("Code", in: body) ?? "")]
        }
        // The whole answer, not a piece of one that broke off.
        let isWhole = XMLText.first("PublishResponse", in: body) != nil
        return [Self.codes.accepted(isWhole ? XMLText.first("MessageId", in: body) : nil, status: reply.status)]
    }

    var callbacks: (any CallbackReader)? { trust.map { SNSCallbacks(trust: $0) } }
}

extension SNSAdapter {
    /// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors and the errors that all of Amazon's
    /// services share. Publishing knows of no opt-out in its own error list; `OptedOut` is what newer endpoints answer.
    static let codes = VendorCodes(
        kind,
        [
            (
                .throttled,
                [
                    "Throttled", "Throttling", "ThrottlingException", "ThrottledException", "KMSThrottling",
                    "TooManyRequestsException", "RequestLimitExceeded", "SlowDown",
                ]
            ),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    "AuthorizationError", "AccessDenied", "AccessDeniedException", "InvalidClientTokenId",
                    "InvalidAccessKeyId", "UnrecognizedClientException", "SignatureDoesNotMatch",
                    "IncompleteSignature", "MissingAuthenticationToken", "ExpiredToken", "ExpiredTokenException",
                    "InvalidSecurity", "NotAuthorized", "OptInRequired", "RequestExpired", "RequestTimeTooSkewed",
                    "KMSAccessDenied", "KMSDisabled", "KMSInvalidState", "KMSNotFound", "KMSOptInRequired",
                    "PlatformApplicationDisabled", "UserErrorException", "InvalidAction", "MalformedQueryString",
                    "MissingAction",
                ]
            ),
            (.temporary(ProviderReason.providerBusy), ["ServiceUnavailable", "Unavailable"]),
            (.inDoubt, ["InternalError", "InternalFailure", "InternalServiceError", "RequestTimeout"]),
            (.permanent(ProviderReason.optedOut), ["OptedOut", "OptedOutException"]),
            (.permanent(ProviderReason.unregistered), ["EndpointDisabled"]),
            (.permanent(ProviderReason.invalidRecipient), ["NotFound"]),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationError",
                    "ValidationException", "MissingParameter", "InvalidParameterCombination",
                ]
            ),
        ])
}
