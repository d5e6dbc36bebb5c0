import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct PostmarkAdapterTests {
    static let settings =
        #""server_token":"token-1","from":"Acme <news@acme.example>","webhook_user":"herald","webhook_password":"secret""#
        + #","unsubscribe_url":"https://acme.example/u/{{id}}""#

    static func taken(_ id: String) -> String {
        #"{"To":"ann@example.com","SubmittedAt":"2014-02-17T07:25:01.4178645-05:00","MessageID":"\#(id)","ErrorCode":0,"Message":"OK"}"#
    }

    static func refused(_ code: Int) -> String {
        #"{"ErrorCode":\#(code),"Message":"Error parsing 'To': Illegal email domain in address 'ann@example.com'."}"#
    }

    static let signed = [("Authorization", "Basic aGVyYWxkOnNlY3JldA==")]

    static let contract = AdapterContract(
        kind: "postmark", settings: settings, codes: PostmarkAdapter.codes, batch: emailBatch([Mail()]),
        replies: [
            ReplyCase("accepted", 200, "[\(taken("b7bc2f4a"))]", .sent(reference: "b7bc2f4a", cost: nil)),
            ReplyCase("too many requests", 429, refused(429), .throttled(after: .seconds(1))),
            ReplyCase(
                "wrong token", 401, refused(10), .temporary(reason: "account_refused (postmark 10)")),
            ReplyCase(
                "an unknown sender", 200, "[\(refused(400))]", .temporary(reason: "sender_refused (postmark 400)")),
            ReplyCase(
                "not active", 200, "[\(refused(406))]", .permanent(reason: "invalid_recipient (postmark 406)")),
            ReplyCase(
                "no JSON", 422, refused(402), .permanent(reason: "content_refused (postmark 402)")),
            ReplyCase(
                "unknown code", 200, "[\(refused(9999))]", .permanent(reason: "content_refused (postmark 9999)")),
            ReplyCase("too large", 413, "", .permanent(reason: "too_large (postmark 413)")),
            ReplyCase("lost inside", 500, "", .inDoubt(reason: "provider_error (postmark 500)")),
            ReplyCase(
                "kept apart", 200, "[\(taken("m1")),\(refused(406)),\(taken("m3"))]",
                .sent(reference: "m1", cost: nil), .permanent(reason: "invalid_recipient (postmark 406)"),
                .sent(reference: "m3", cost: nil), batch: emailBatch(people(3))),
            ReplyCase(
                "one answer is missing", 200, "[\(taken("m1"))]", .inDoubt(reason: "unclear_reply (postmark 200)"),
                .inDoubt(reason: "unclear_reply (postmark 200)"), batch: emailBatch(people(2))),
        ],
        receipts: [
            // https://postmarkapp.com/developer/webhooks/delivery-webhook
            ReceiptCase(
                name: "delivered",
                callback: callback(
                    "postmark",
                    #"{"RecordType":"Delivery","MessageID":"m1","Recipient":"ann@example.com","DeliveredAt":"2023-11-14T22:13:20Z","Metadata":{"herald_id":"1000"}}"#,
                    headers: signed),
                events: [status(.delivered, "m1")], isSigned: false),
            ReceiptCase(
                name: "no such mailbox",
                callback: bounce(
                    "HardBounce", "smtp;550 5.1.1 The email account that you tried to reach does not exist"),
                events: [status(.bouncedHard, "m1", reason: "invalid_recipient (postmark HardBounce)")], isSigned: false
            ),
            ReceiptCase(
                name: "full", callback: bounce("SoftBounce", "mailbox full"),
                events: [status(.bouncedSoft, "m1", reason: "provider_error (postmark SoftBounce)")], isSigned: false),
            ReceiptCase(
                name: "blocked", callback: bounce("Blocked", "smtp;550 5.7.1 blocked"),
                events: [status(.bouncedSoft, "m1", reason: "content_refused (postmark Blocked)")], isSigned: false),
            ReceiptCase(
                name: "complained",
                callback: callback(
                    "postmark",
                    #"{"RecordType":"SpamComplaint","MessageID":"m1","Email":"ann@example.com","BouncedAt":"2023-11-14T22:13:20Z","Metadata":{"herald_id":"1000"}}"#,
                    headers: signed),
                events: [status(.complained, "m1", reason: "opted_out (postmark SpamComplaint)")], isSigned: false),
            ReceiptCase(
                name: "unsubscribed",
                callback: callback(
                    "postmark",
                    #"{"RecordType":"SubscriptionChange","MessageID":"m1","Recipient":"ann@example.com","ChangedAt":"2023-11-14T22:13:20Z","SuppressSending":true,"SuppressionReason":"ManualSuppression","Metadata":{"herald_id":"1000"}}"#,
                    headers: signed),
                events: [status(.unsubscribed, "m1")], isSigned: false),
            ReceiptCase(
                name: "a reply",
                callback: callback(
                    "postmark",
                    #"{"RecordType":"Inbound","From":"ann@example.com","To":"help@acme.example","TextBody":"STOP"}"#,
                    headers: signed),
                events: [.reply(InboundReply(from: "ann@example.com", to: "help@acme.example", text: "STOP"))],
                isSigned: false),
            ReceiptCase(
                name: "a stranger", callback: callback("postmark", "{}"), verdict: .forged("wrong user or password")),
        ])

    static func bounce(_ type: String, _ details: String) -> ProviderCallback {
        callback(
            "postmark",
            #"{"RecordType":"Bounce","Type":"\#(type)","MessageID":"m1","Email":"ann@example.com","Details":"\#(details)","BouncedAt":"2023-11-14T22:13:20Z","Metadata":{"herald_id":"1000"}}"#,
            headers: signed)
    }

    @Test func passesTheContract() async throws { try await Self.contract.check() }

    /// https://postmarkapp.com/developer/user-guide/send-email-with-api/batch-emails
    @Test func theRequestIsThePublishedForm() async throws {
        let mails = [Mail(), Mail(to: "ben@example.com", subject: "For\r\nBen", text: "3")]
        let found = try await Self.contract.exchange(emailBatch(mails, category: .marketing)) { $0.answer("[]") }
        let (head, body) = AdapterContract.parts(try #require(found.requests.first))
        #expect(head.hasPrefix("POST /email/batch HTTP/1.1\r\n"))
        #expect(head.contains("\r\nX-Postmark-Server-Token: token-1\r\n"))
        func message(_ id: Int, _ to: String, _ subject: String, _ text: String) -> JSON {
            [
                "From": "\"Acme\" <news@acme.example>", "To": .string(to), "Subject": .string(subject),
                "TextBody": .string(text), "HtmlBody": "<p>Hello</p>",
                "Headers": [
                    ["Name": "List-Unsubscribe", "Value": .string("<https://acme.example/u/\(id)>")],
                    ["Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"],
                ],
                "TrackOpens": false, "TrackLinks": "None", "Metadata": ["herald_id": .string("\(id)")],
                "MessageStream": "broadcast",
            ]
        }
        #expect(
            try JSON.parse(body) == [
                message(1000, "ann@example.com", "Hi", "Hello"), message(1001, "ben@example.com", "For Ben", "3"),
            ])
    }

    /// Each message repeats them, so they count against the size of the request.
    @Test func attachmentsGoWithEveryMessage() async throws {
        var batch = emailBatch(people(3))
        batch.attachments = [Attachment(name: "a.pdf", type: "application/pdf", bytes: [1, 2, 3])]
        let found = try await Self.contract.exchange(batch) { $0.answer("[]") }
        let body = try JSON.parse(AdapterContract.parts(try #require(found.requests.first)).body)
        let file: JSON = [["Content": "AQID", "Name": "a.pdf", "ContentType": "application/pdf"]]
        #expect(body.arrayValue?.compactMap { $0["Attachments"] } == [file, file, file])
        batch.attachments[0].bytes = [UInt8](repeating: 1, count: 4 << 20)
        let adapter = try PostmarkAdapter(json: "{\(Self.settings)}")
        #expect(adapter.extent(from: 0, of: RequestSource(batch, keySuffix: [])) == 2)
    }

    @Test func aBatchIsCutAtFiveHundred() async throws {
        let found = try await Self.contract.exchange(emailBatch(people(501))) { $0.answer("[]") }
        #expect(found.requests.count == 2)
    }
}
