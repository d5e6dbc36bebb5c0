import Crypto
import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct MailgunAdapterTests {
    static let settings =
        #""api_key":"key-1","domain":"mg.acme.example","from":"Acme <news@acme.example>","webhook_signing_key":"signing-key""#
        + #","unsubscribe_url":"https://acme.example/u/{{id}}""#
    static let taken = #"{"id":"<20160306015544.116301.25145@acme.example>","message":"Queued. Thank you."}"#
    static let reference = "20160306015544.116301.25145@acme.example"

    static func refused(_ message: String) -> String { #"{"message":"\#(message)"}"# }

    static func event(_ members: String, token: String = "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0") -> String
    {
        #"{"signature":{"timestamp":"1700000000","token":"\#(token)","#
            + #""signature":"SIGNATURE"},"event-data":{"timestamp":1700000000.0,"#
            + #""recipient":"ann@example.com","user-variables":{"herald_id":"1000"},"#
            + #""message":{"headers":{"message-id":"\#(reference)"}},\#(members)}}"#
    }

    static let contract = AdapterContract(
        kind: "mailgun", settings: settings, codes: MailgunAdapter.codes, batch: emailBatch([Mail()]),
        replies: [
            ReplyCase("accepted", 200, taken, .sent(reference: reference, cost: nil)),
            // A wrong path is answered with 200, too.
            ReplyCase("no API", 200, "Mailgun Magnificent API", .inDoubt(reason: "unclear_reply (mailgun 200)")),
            ReplyCase(
                "over the limit", 420,
                refused("Domain mg.acme.example is not allowed to send: recipient limit exceeded, try again after Mon"),
                .throttled(after: .seconds(1))),
            ReplyCase("wrong key", 401, "Forbidden", .temporary(reason: "account_refused (mailgun 401)")),
            ReplyCase(
                "a sandbox", 403,
                refused(
                    "Domain sandbox1.mailgun.org is not allowed to send: Sandbox subdomains are for test purposes only."
                ),
                .temporary(reason: "account_refused (mailgun sandbox)")),
            ReplyCase(
                "unknown domain", 404, refused("Domain not found: mg.acme.example"),
                .temporary(reason: "account_refused (mailgun domain)")),
            ReplyCase(
                "no sender", 400, refused("'from' parameter is not a valid address. please check documentation"),
                .temporary(reason: "sender_refused (mailgun from)")),
            ReplyCase(
                "no address", 400, refused("'to' parameter is not a valid address. please check documentation"),
                .permanent(reason: "invalid_recipient (mailgun to)")),
            ReplyCase("lost inside", 500, "", .inDoubt(reason: "provider_error (mailgun 500)")),
        ],
        receipts: [
            ReceiptCase(
                name: "delivered", callback: genuine(event(#""event":"delivered""#)),
                events: [status(.delivered, reference)],
                isSigned: false),
            ReceiptCase(
                name: "no such mailbox",
                callback: genuine(
                    event(
                        #""event":"failed","severity":"permanent","reason":"generic","delivery-status":{"code":550,"message":"5.1.1 The email account that you tried to reach does not exist"}"#
                    )),
                events: [status(.bouncedHard, reference, reason: "provider_error (mailgun generic 550)")],
                isSigned: false),
            ReceiptCase(
                name: "refused for our address on the net",
                callback: genuine(
                    event(
                        #""event":"failed","severity":"permanent","reason":"generic","delivery-status":{"code":550,"message":"Blocked using Spamhaus"}"#
                    )),
                events: [status(.bouncedSoft, reference, reason: "provider_error (mailgun generic 550)")],
                isSigned: false),
            ReceiptCase(
                name: "tried again",
                callback: genuine(event(#""event":"failed","severity":"temporary","reason":"generic""#)),
                isSigned: false),
            ReceiptCase(
                name: "bounced before",
                callback: genuine(
                    event(
                        #""event":"failed","severity":"permanent","reason":"suppress-bounce","delivery-status":{"code":605}"#
                    )),
                events: [status(.bouncedHard, reference, reason: "invalid_recipient (mailgun suppress-bounce 605)")],
                isSigned: false),
            ReceiptCase(
                name: "complained", callback: genuine(event(#""event":"complained""#)),
                events: [status(.complained, reference)], isSigned: false),
            ReceiptCase(
                name: "another token", callback: genuine(event(#""event":"complained""#, token: "other")),
                verdict: .forged("wrong signature")),
            ReceiptCase(
                name: "a replay", callback: genuine(event(#""event":"complained""#)), now: noon + .seconds(301),
                verdict: .forged("too old")),
        ])

    /// Signed by Python's `hmac` with the key `signing-key`.
    static func genuine(_ body: String) -> ProviderCallback {
        callback(
            "mailgun",
            body.replacing("SIGNATURE", with: "3212eec0056f7d700b7328c959ec025bc1f9350fdeba3647d5ff9506cfd2d07e"))
    }

    @Test func passesTheContract() async throws { try await Self.contract.check() }

    /// https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/batch-sending
    @Test func everybodyOfABatchHasVariablesOfTheirOwn() async throws {
        let mails = [
            Mail(subject: "For Ann", text: "1 & 2"), Mail(to: "ben@example.com", subject: "For\r\nBen", text: "3"),
        ]
        let found = try await Self.contract.exchange(emailBatch(mails, category: .marketing)) { $0.answer(Self.taken) }
        let request = try #require(found.requests.first)
        #expect(
            found.requests.count == 1 && found.outcomes.allSatisfy { $0 == .sent(reference: Self.reference, cost: nil) }
        )
        let (head, body) = AdapterContract.parts(request)
        #expect(head.hasPrefix("POST /v3/mg.acme.example/messages HTTP/1.1\r\n"))
        #expect(head.contains("Authorization: Basic YXBpOmtleS0x"))
        let form = FormBody(body.utf8)
        #expect(form.fields.filter { $0.name == "to" }.map(\.value) == ["ann@example.com", "ben@example.com"])
        #expect(form["from"] == "\"Acme\" <news@acme.example>")
        #expect(form["subject"] == "%recipient.subject%" && form["text"] == "%recipient.text%")
        #expect(form["html"] == "%recipient.html%" && form["v:herald_id"] == "%recipient.id%")
        #expect(form["h:List-Unsubscribe"] == "<%recipient.unsubscribe%>")
        #expect(form["h:List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click")
        #expect(form["o:tracking"] == "no" && form["o:tracking-clicks"] == "no" && form["o:tracking-opens"] == "no")
        let expected: JSON = [
            "ann@example.com": [
                "id": "1000", "subject": "For Ann", "text": "1 & 2", "html": "<p>Hello</p>",
                "unsubscribe": "https://acme.example/u/1000",
            ],
            "ben@example.com": [
                "id": "1001", "subject": "For Ben", "text": "3", "html": "<p>Hello</p>",
                "unsubscribe": "https://acme.example/u/1001",
            ],
        ]
        #expect(try JSON.parse(form["recipient-variables"] ?? "") == expected)
    }

    @Test func oneMessageIsSentAsItIs() async throws {
        let found = try await Self.contract.exchange(emailBatch([Mail(text: "50% off")])) { $0.answer(Self.taken) }
        let form = FormBody(AdapterContract.parts(try #require(found.requests.first)).body.utf8)
        #expect(form["text"] == "50% off" && form["html"] == "<p>Hello</p>" && form["v:herald_id"] == "1000")
        #expect(form["recipient-variables"] == nil && form["h:List-Unsubscribe"] == nil)
    }

    /// Read by Python's own parser of such forms.
    @Test func filesMakeItAFormInParts() async throws {
        var batch = emailBatch([Mail(text: "--herald-\r\n\r\n--"), Mail(to: "ben@example.com")])
        batch.attachments = [
            Attachment(name: "../a\"\r\nX: 1.txt", type: "text/html\r\nX: 2", bytes: Array("a\r\n--b".utf8))
        ]
        let found = try await Self.contract.exchange(batch) { $0.answer(Self.taken) }
        let hex = String(decoding: Hex.encode(Array(try #require(found.requests.first).utf8)), as: UTF8.self)
        let parts = try PythonOracle.json("email_vendors.py", ["form", hex])
        let names = parts.compactMap { $0["name"]?.stringValue }
        #expect(names.prefix(3) == ["from", "to", "to"] && names.last == "attachment")
        #expect(names.contains("recipient-variables") && names.contains("v:herald_id"))
        let file = try #require(parts.last)
        #expect(file["filename"]?.stringValue == ".._a%22 X: 1.txt")
        #expect(file["type"]?.stringValue == "application/octet-stream" && file["value"]?.stringValue == "a\r\n--b")
    }

    /// Mailgun does not say whose address was wrong: the others are sent again, in ever smaller requests.
    @Test func aRefusedRequestIsTakenApart() async throws {
        let refused = Self.refused("'to' parameter is not a valid address. please check documentation")
        var sizes: [Int] = []
        for attempt in 1...5 as ClosedRange<Int16> {
            let found = try await Self.contract.exchange(emailBatch(people(1000), attempt: attempt)) {
                $0.answer(status: 400, refused)
            }
            sizes.append(found.requests.count)
            let first = try #require(found.outcomes.first)
            #expect(first.kind == (attempt >= 4 ? .permanent : .temporary))
        }
        #expect(sizes == [1, 8, 67, 1000, 1000])
    }

    @Test func thePathHoldsOnlyADomain() {
        #expect(throws: ConfigError.self) {
            try ProviderCatalogue.check(
                kind: "mailgun", settings: #"{"api_key":"k","domain":"a/b","from":"a@b.example"}"#)
        }
    }
}
