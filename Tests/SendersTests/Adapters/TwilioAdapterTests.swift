import Crypto
import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct TwilioAdapterTests {
    static let contract = AdapterContract(
        kind: "twilio", settings: #""account_sid":"AC1","auth_token":"t","from":"+15005550006""#,
        codes: TwilioAdapter.codes,
        replies: [
            ReplyCase("accepted", 201, #"{"sid":"SM1","status":"queued"}"#, .sent(reference: "SM1", cost: nil)),
            ReplyCase("too many requests", 429, #"{"code":20429,"status":429}"#, .throttled(after: .seconds(1))),
            ReplyCase(
                "suspended", 403, #"{"code":20005,"status":403}"#,
                .temporary(reason: "account_refused (twilio 20005)")),
            ReplyCase(
                "no mobile number", 400, #"{"code":21211,"message":"…","status":400}"#,
                .permanent(reason: "invalid_recipient (twilio 21211)")),
            ReplyCase("gateway lost it", 504, "", .inDoubt(reason: "provider_error (twilio 504)")),
        ])

    @Test func passesTheContract() async throws { try await Self.contract.check() }
}
