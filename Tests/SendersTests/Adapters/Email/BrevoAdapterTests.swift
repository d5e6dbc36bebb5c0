import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct BrevoAdapterTests {
    static let settings =
        #""api_key":"xkeysib-1","from":"Acme <news@acme.example>","webhook_header":"Authorization","webhook_secret":"Bearer t""#
    static let signed = [("Authorization", "Bearer t")]

    static func refused(_ code: String, _ message: String = "") -> String {
        #"{"code":"\#(code)","message":"\#(message)"}"#
    }

    static let contract = AdapterContract(
        kind: "brevo", settings: settings, codes: BrevoAdapter.codes, batch: emailBatch([Mail()]),
        replies: [
            ReplyCase(
                "accepted", 201, #"{"messageId":"<201798300811.5787683@smtp-relay.mailin.fr>"}"#,
                .sent(reference: "201798300811.5787683@smtp-relay.mailin.fr", cost: nil)),
            ReplyCase(
                "too many requests", 429, "{}", .throttled(after: .seconds(30)),
                headers: "x-sib-ratelimit-reset: 30\r\n"),
            ReplyCase(
                "no credits", 400, refused("not_enough_credits"),
                .temporary(reason: "account_refused (brevo not_enough_credits)")),
            ReplyCase(
                "wrong key", 401, refused("unauthorized", "Key not found"),
                .temporary(reason: "account_refused (brevo unauthorized)")),
            ReplyCase(
                "no sender", 400, refused("invalid_parameter", "valid sender email required"),
                .temporary(reason: "sender_refused (brevo invalid_parameter sender)")),
            ReplyCase(
                "no address", 400, refused("invalid_parameter", "email is not valid in to"),
                .permanent(reason: "invalid_recipient (brevo invalid_parameter to)")),
            ReplyCase(
                "taken before", 400, refused("duplicate_parameter"),
                .inDoubt(reason: "unclear_reply (brevo duplicate_parameter)")),
            ReplyCase("lost inside", 500, "", .inDoubt(reason: "provider_error (brevo 500)")),
            ReplyCase(
                "kept apart", 201, #"{"messageIds":["<a@x>","<b@x>"]}"#, .sent(reference: "a@x", cost: nil),
                .sent(reference: "b@x", cost: nil), batch: emailBatch(people(2))),
            ReplyCase(
                "one id is missing", 201, #"{"messageIds":["<a@x>"]}"#, .inDoubt(reason: "unclear_reply (brevo 201)"),
                .inDoubt(reason: "unclear_reply (brevo 201)"), batch: emailBatch(people(2))),
            ReplyCase(
                "one bad address", 400, refused("invalid_parameter", "email is not valid in to"),
                .temporary(reason: "provider_error (brevo 400 for one of the request)"),
                .temporary(reason: "provider_error (brevo 400 for one of the request)"), batch: emailBatch(people(2))),
        ],
        receipts: [
            ReceiptCase(
                name: "delivered", callback: event("delivered"), events: [status(.delivered, "a@x", "<a@x>")],
                isSigned: false),
            ReceiptCase(
                name: "hard bounce", callback: event("hard_bounce", "550 5.1.1 no such user"),
                events: [status(.bouncedHard, "a@x", "<a@x>", reason: "invalid_recipient (brevo hard_bounce)")],
                isSigned: false),
            ReceiptCase(
                name: "a domain that is none", callback: event("soft_bounce", "Domain does not exist"),
                events: [status(.bouncedHard, "a@x", "<a@x>", reason: "provider_error (brevo soft_bounce)")],
                isSigned: false),
            ReceiptCase(name: "deferred", callback: event("deferred"), isSigned: false),
            ReceiptCase(
                name: "complained", callback: event("spam"), events: [status(.complained, "a@x", "<a@x>")],
                isSigned: false),
            ReceiptCase(
                name: "unsubscribed", callback: event("unsubscribed"),
                events: [status(.unsubscribed, "a@x", "<a@x>", reason: "opted_out (brevo unsubscribed)")],
                isSigned: false),
            ReceiptCase(
                name: "blocked", callback: event("blocked"),
                events: [status(.failed, "a@x", "<a@x>", reason: "opted_out (brevo blocked)")], isSigned: false),
            ReceiptCase(name: "a stranger", callback: callback("brevo", "{}"), verdict: .forged("wrong secret")),
        ])

    /// https://developers.brevo.com/docs/transactional-webhooks
    static func event(_ word: String, _ reason: String = "") -> ProviderCallback {
        callback(
            "brevo",
            #"{"event":"\#(word)","email":"ann@example.com","id":26224,"date":"2023-11-14 23:13:20","ts":1700000000,"message-id":"<a@x>","ts_event":1700000000,"subject":"Hi","X-Mailin-custom":"herald_id:1000","reason":"\#(reason)","tags":["t"]}"#,
            headers: signed)
    }

    @Test func passesTheContract() async throws { try await Self.contract.check() }

    /// Brevo evaluates templates in what it is given.
    @Test func nothingThatSomebodyWroteBecomesATemplate() async throws {
        let mail = Mail(
            subject: "{{ contact.EMAIL }}", text: "{%if%} {#x#} { a } {{{", html: "<p>{{ params.x }}{%</p>{")
        let found = try await Self.contract.exchange(emailBatch([mail])) { $0.answer(status: 201, "{}") }
        let body = try JSON.parse(AdapterContract.parts(try #require(found.requests.first)).body)
        #expect(body["subject"]?.stringValue == "{ { contact.EMAIL }}")
        #expect(body["textContent"]?.stringValue == "{ %if%} { #x#} { a } { { {")
        #expect(body["htmlContent"]?.stringValue == "<p>&#123;{ params.x }}&#123;%</p>{")
    }

    @Test func everyTryOfAMessageHasTheSameKey() async throws {
        var keys: Set<String> = []
        for attempt in [1, 2] as [Int16] {
            let found = try await Self.contract.exchange(emailBatch([Mail()], attempt: attempt)) {
                $0.answer(status: 201, "{}")
            }
            let body = try JSON.parse(AdapterContract.parts(try #require(found.requests.first)).body)
            keys.insert(try #require(body["headers"]?["idempotencyKey"]?.stringValue))
        }
        #expect(keys.count == 1 && keys.first?.count == 36)
    }
}
