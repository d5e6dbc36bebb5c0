import Crypto
import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct AmazonSESAdapterTests {
    static let settings =
        #""access_key_id":"AKID","secret_access_key":"secret","region":"eu-west-1","from":"Acme <news@acme.example>""#

    static func refused(_ message: String) -> String { #"{"message":"\#(message)"}"# }
    static func type(_ name: String) -> String { "x-amzn-ErrorType: \(name):http://internal.amazon.com/coral/\r\n" }
    static func entries(_ results: String...) -> String {
        #"{"BulkEmailEntryResults":[\#(results.joined(separator: ","))]}"#
    }

    static let contract = AdapterContract(
        kind: "ses", settings: settings, codes: AmazonSESAdapter.codes, batch: emailBatch([Mail()]),
        replies: [
            ReplyCase("accepted", 200, #"{"MessageId":"0102018"}"#, .sent(reference: "0102018", cost: nil)),
            ReplyCase(
                "too fast", 429, refused("Maximum sending rate exceeded."), .throttled(after: .seconds(1)),
                headers: type("TooManyRequestsException")),
            ReplyCase(
                "the day's quota", 400, refused("Daily message quota exceeded."),
                .temporary(reason: "account_refused (ses LimitExceededException daily)"),
                headers: type("LimitExceededException")),
            ReplyCase(
                "wrong key", 403, refused("The security token included in the request is invalid."),
                .temporary(reason: "account_refused (ses UnrecognizedClientException)"),
                headers: type("UnrecognizedClientException")),
            ReplyCase(
                "paused", 400, refused("Sending paused for this account"),
                .temporary(reason: "account_refused (ses SendingPausedException)"),
                headers: type("SendingPausedException")),
            ReplyCase(
                "not verified", 400, refused("Email address is not verified. The following identities failed"),
                .temporary(reason: "account_refused (ses MessageRejected unverified)"), headers: type("MessageRejected")
            ),
            ReplyCase(
                "no address", 400, refused("Illegal address"),
                .permanent(reason: "invalid_recipient (ses BadRequestException address)"),
                headers: type("BadRequestException")),
            ReplyCase(
                "a virus", 400, refused("Message contained a virus"),
                .permanent(reason: "content_refused (ses MessageRejected)"), headers: type("MessageRejected")),
            ReplyCase("lost inside", 500, "", .inDoubt(reason: "provider_error (ses 500)")),
            ReplyCase(
                "kept apart", 200,
                entries(
                    #"{"Status":"SUCCESS","MessageId":"m1"}"#,
                    #"{"Status":"INVALID_PARAMETER","Error":"Illegal address"}"#,
                    #"{"Status":"ACCOUNT_THROTTLED"}"#, #"{"Status":"TRANSIENT_FAILURE"}"#, #"{"Status":"NEW_STATUS"}"#,
                    #"{"Status":"SUCCESS"}"#),
                .sent(reference: "m1", cost: nil),
                .permanent(reason: "invalid_recipient (ses INVALID_PARAMETER address)"), .throttled(after: .seconds(1)),
                .temporary(reason: "provider_busy (ses TRANSIENT_FAILURE)"),
                .temporary(reason: "provider_error (ses NEW_STATUS)"), .inDoubt(reason: "unclear_reply (ses 200)"),
                batch: emailBatch(people(6))),
            ReplyCase(
                "one result is missing", 200, entries(#"{"Status":"SUCCESS","MessageId":"m1"}"#),
                .inDoubt(reason: "unclear_reply (ses 200)"), .inDoubt(reason: "unclear_reply (ses 200)"),
                batch: emailBatch(people(2))),
        ])

    @Test func passesTheContract() async throws { try await Self.contract.check() }

    /// Moto reads the request as Amazon does, and refuses who is not verified.
    @Test func motoTakesTheMessage() async throws {
        let server = try PythonServer("moto.py")
        defer { server.stop() }
        let loops = try SenderLoops()
        defer { loops.stop() }
        let provider = try ProviderCatalogue.make(
            kind: "ses", name: "ses",
            settings:
                "{\(Self.settings),\"internal\":true,\"base_url\":\"http://127.0.0.1:\(server.port)\"\(Patience.http())}",
            runtime: SenderRuntime(loops: loops))
        let mail = Mail(subject: "Grüße 😀", html: "<p>100% \"Grüße\" & \\</p>")
        let taken = await provider.send(emailBatch([mail]), witness: TestWitness())
        let refused = await provider.send(emailBatch([mail], from: "a@other.example"), witness: TestWitness())
        #expect(taken.map(\.kind) == [.sent])
        let emails = try server.lines("emails").map { try JSON.parse($0) }
        let reference = try #require(emails.first?["id"]?.stringValue)
        #expect(taken == [.sent(reference: reference, cost: nil)])
        #expect(
            emails == [
                [
                    "id": .string(reference), "from": "\"Acme\" <news@acme.example>", "to": ["ann@example.com"],
                    "subject": "Grüße 😀", "body": .string(mail.html),
                ]
            ])
        #expect(refused.first?.kind == .temporary || refused.first?.kind == .permanent, "\(refused)")
    }

    /// Moto knows no bulk requests: they are held against Amazon's own model of them.
    @Test func aBulkRequestIsThatOfAmazonsModel() async throws {
        let batch = emailBatch([
            Mail(subject: "Grüße 😀", html: "<p>100% \"Grüße\" & {{x}}</p>"), Mail(to: "ben@example.com", text: "Hi"),
            Mail(to: "eve@example.com"),
        ])
        let found = try await Self.contract.exchange(batch) { $0.answer("{}") }
        let (head, body) = AdapterContract.parts(try #require(found.requests.first))
        let digits = String(decoding: Hex.encode(Array(body.utf8)), as: UTF8.self)
        let verdict = try #require(try PythonOracle.json("ses_model.py", ["request", digits]).first)
        #expect(verdict["problems"] == [])
        let line = "\(verdict["method"]?.stringValue ?? "") \(verdict["path"]?.stringValue ?? "") HTTP/1.1\r\n"
        #expect(head.hasPrefix(line))
        #expect(try JSON.parse(body)["BulkEmailEntries"]?.arrayValue?.count == 3)
    }

    @Test func everyStatusAndErrorOfAmazonsModelIsKnown() async throws {
        let model = try #require(try PythonOracle.json("ses_model.py", ["replies"]).first)
        let statuses = (model["statuses"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(statuses.count >= 14 && statuses.contains("SUCCESS"))
        let body = try #require(model["body"]?.stringValue)
        let found = try await Self.contract.exchange(emailBatch(people(statuses.count))) { $0.answer(body) }
        #expect(found.outcomes.count == statuses.count)
        for (place, (status, outcome)) in zip(statuses, found.outcomes).enumerated() {
            if status == "SUCCESS" {
                #expect(outcome == .sent(reference: "MessageId \(place)", cost: nil))
            } else {
                #expect(AmazonSESAdapter.codes.outcome(status, retryAfter: nil) == outcome, "\(status)")
                #expect(outcome.kind != .sent && outcome.kind != .inDoubt, "\(status)")
            }
        }
        let errors = (model["errors"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(errors.count >= 8)
        for error in errors {
            #expect(AmazonSESAdapter.codes.outcome(error, retryAfter: nil) != nil, "\(error)")
        }
    }

    @Test func aBulkRequestHoldsFifty() async throws {
        let found = try await Self.contract.exchange(emailBatch(people(101))) { $0.answer("{}") }
        #expect(found.requests.count == 3)
        #expect(found.requests.count { $0.hasPrefix("POST /v2/email/outbound-bulk-emails ") } == 2)
        #expect(found.requests.count { $0.hasPrefix("POST /v2/email/outbound-emails ") } == 1)
    }

    @Test func feedbackIsRead() throws {
        func read(_ kind: String, _ event: String, _ tags: String = #","tags":{"herald_id":["1000"]}"#) throws
            -> [ReceiptEvent]
        {
            let message =
                #"{"\#(kind)","mail":{"timestamp":"2023-11-14T22:13:20.000Z","messageId":"m1","destination":["ann@example.com"]\#(tags)},\#(event)}"#
            let body: JSON = [
                "Type": "Notification", "MessageId": "n1", "TopicArn": "arn:t", "Message": .string(message),
                "Signature": "AAAA",
            ]
            return try Self.reader().events(callback("ses", body.text))
        }
        func bounce(_ type: String, _ sub: String, _ status: String, _ words: String) -> String {
            #""bounce":{"bounceType":"\#(type)","bounceSubType":"\#(sub)","timestamp":"2023-11-14T22:13:20.000Z","bouncedRecipients":[{"emailAddress":"ann@example.com","action":"failed","status":"\#(status)","diagnosticCode":"\#(words)"}]}"#
        }
        let event = #"eventType":"Bounce"#
        #expect(
            try read(event, bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"))
                == [status(.bouncedHard, "m1", reason: "invalid_recipient (ses Permanent General)")])
        // field notes: Amazon calls this transient.
        #expect(
            try read(event, bounce("Transient", "General", "5.4.4", "smtp; 550 5.4.4 Invalid domain"))
                == [status(.bouncedHard, "m1", reason: "provider_error (ses Transient General)")])
        #expect(
            try read(event, bounce("Permanent", "General", "5.7.1", "smtp; 550 5.7.1 blocked, poor reputation"))
                == [status(.bouncedSoft, "m1", reason: "invalid_recipient (ses Permanent General)")])
        #expect(
            try read(event, bounce("Permanent", "OnAccountSuppressionList", "", "Amazon SES did not send the message"))
                == [status(.bouncedHard, "m1", reason: "invalid_recipient (ses Permanent OnAccountSuppressionList)")])
        #expect(
            try read(event, bounce("Transient", "MailboxFull", "4.2.2", "full"))
                == [status(.bouncedSoft, "m1", reason: "provider_error (ses Transient MailboxFull)")])
        #expect(
            try read(
                #"notificationType":"Complaint"#,
                #""complaint":{"complainedRecipients":[{"emailAddress":"ann@example.com"}],"timestamp":"2023-11-14T22:13:20.000Z"}"#,
                "")
                == [status(.complained, "m1", id: nil)])
        #expect(
            try read(
                #"eventType":"Delivery"#,
                #""delivery":{"timestamp":"2023-11-14T22:13:20.000Z","recipients":["ann@example.com"]}"#)
                == [status(.delivered, "m1")])
        #expect(try read(#"eventType":"DeliveryDelay"#, #""deliveryDelay":{}"#) == [])
        #expect(
            try read(#"eventType":"Rendering Failure"#, #""failure":{"errorMessage":"x"}"#)
                == [status(.failed, "m1", reason: "content_refused (ses Rendering Failure)")])
    }

    private static func reader() throws -> any CallbackReader {
        let pem = try PythonOracle.json("amazon.py", ["notifications"]).first?["certificate"]?.stringValue ?? ""
        let settings = "{\(settings),\"notification_certificate\":\(JSON.string(pem).text),\"topic_arn\":\"arn:t\"}"
        return try #require(try ProviderCatalogue.callbacks(kind: "ses", settings: settings))
    }

    /// Signed as Amazon signs, for our topic: genuine. (What signatures are worth is tested with the notifications.)
    @Test func onlyWhatOurTopicSignedIsGenuine() throws {
        let line = try #require(try PythonOracle.json("amazon.py", ["notifications"]).first)
        let pem = JSON.string(try #require(line["certificate"]?.stringValue)).text
        let other = JSON.string(try #require(line["other"]?.stringValue)).text
        let body = try #require(line["body"]?.stringValue)
        let at = try #require(AmazonNotification(Array(body.utf8))?.at)
        for (certificate, topic, isGenuine) in [
            (pem, "arn:aws:sns:eu-west-1:123456789012:herald", true),
            (other, "arn:aws:sns:eu-west-1:123456789012:herald", false),
            (pem, "arn:aws:sns:eu-west-1:123456789012:x", false),
        ] {
            let settings = "{\(Self.settings),\"notification_certificate\":\(certificate),\"topic_arn\":\"\(topic)\"}"
            let reader = try #require(try ProviderCatalogue.callbacks(kind: "ses", settings: settings))
            #expect((reader.verify(callback("ses", body), now: at) == .genuine) == isGenuine)
        }
    }
}
