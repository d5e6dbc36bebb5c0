import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct SNSAdapterTests {
    static let settings =
        #""access_key_id":"AKID","secret_access_key":"secret","region":"eu-west-1","from":"Herald""#

    /// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    static func accepted(_ id: String) -> String {
        #"<PublishResponse xmlns="https://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>\#(id)</MessageId>"#
            + "</PublishResult><ResponseMetadata><RequestId>d74b8436</RequestId></ResponseMetadata></PublishResponse>"
    }

    static func refused(_ code: String) -> String {
        #"<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>\#(code)</Code>"#
            + "<Message>Invalid parameter: PhoneNumber +6591234567</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    }

    static func contract() throws -> AdapterContract {
        AdapterContract(
            kind: "sns", settings: settings, codes: SNSAdapter.codes,
            replies: [
                ReplyCase("accepted", 200, accepted("94f20ce6"), .sent(reference: "94f20ce6", cost: nil)),
                ReplyCase("throttled", 400, refused("Throttling"), .throttled(after: .seconds(1))),
                ReplyCase("throttled", 429, refused("Throttled"), .throttled(after: .seconds(1))),
                ReplyCase(
                    "wrong key", 403, refused("SignatureDoesNotMatch"),
                    .temporary(reason: "account_refused (sns SignatureDoesNotMatch)")),
                ReplyCase(
                    "no number", 400, refused("InvalidParameter"),
                    .permanent(reason: "content_refused (sns InvalidParameter)")),
                ReplyCase(
                    "opted out", 400, refused("OptedOut"), .permanent(reason: "opted_out (sns OptedOut)")),
                ReplyCase(
                    "broke inside", 500, refused("InternalError"),
                    .inDoubt(reason: "unclear_reply (sns InternalError)")),
                ReplyCase(
                    "unknown code", 400, refused("NewFault"), .permanent(reason: "content_refused (sns 400 NewFault)")),
            ])
    }

    @Test func passesTheContract() async throws {
        var contract = try Self.contract()
        let line = try #require(try PythonOracle.json("amazon.py", ["notifications"]).first)
        let pem = try #require(line["certificate"]?.stringValue).replacing("\n", with: "\\n")
        contract.settings +=
            #","notification_certificate":"\#(pem)","topic_arn":"arn:aws:sns:eu-west-1:123456789012:herald""#
        let body = Array(try #require(line["body"]?.stringValue).utf8)
        let at = try #require(AmazonNotification(body)?.at)
        contract.receipts = [
            ReceiptCase(
                name: "a reply",
                callback: ProviderCallback(
                    provider: "sns", receivedAt: at, kind: "sns", contentType: "text/plain", body: body),
                now: at,
                events: [.reply(InboundReply(from: "+6591234567", to: "+6580000000", text: "STOP", at: at))])
        ]
        try await contract.check()
    }

    /// What a person has to do must not get lost: it is kept as unreadable, with what to do.
    @Test func aSubscriptionToConfirmIsLeftToAPerson() throws {
        let lines = try PythonOracle.json("amazon.py", ["notifications"])
        let body = try #require(
            lines.compactMap { $0["body"]?.stringValue }.first { $0.contains("SubscriptionConfirmation") })
        let reader = SNSCallbacks(
            trust: try AmazonNotificationTests.trust(try #require(lines.first?["certificate"]?.stringValue)))
        let callback = ProviderCallback(
            provider: "sns", receivedAt: Timestamp(micros: 0), kind: "sns", contentType: "text/plain",
            body: Array(body.utf8))
        #expect(throws: UnreadableCallback.unconfirmed) { try reader.events(callback) }
    }

    /// Moto reads the form as Amazon does, and remembers what was sent to which number.
    @Test func motoTakesTheMessage() async throws {
        let server = try PythonServer("moto.py")
        defer { server.stop() }
        let loops = try SenderLoops()
        defer { loops.stop() }
        let provider = try ProviderCatalogue.make(
            kind: "sns", name: "sns",
            settings:
                "{\(Self.settings),\"internal\":true,\"base_url\":\"http://127.0.0.1:\(server.port)\"\(Patience.http())}",
            runtime: SenderRuntime(loops: loops))
        let outcomes = await provider.send(
            testBatch(to: ["+6591234567", "+6591234568"], text: "Grüße & <b>100%</b> 😀"), witness: TestWitness())
        #expect(outcomes.map(\.kind) == [.sent, .sent])
        let messages = try server.lines("sms").map { try JSON.parse(String($0)) }
        #expect(Set(messages.compactMap { $0["to"]?.stringValue }) == ["+6591234567", "+6591234568"])
        #expect(messages.allSatisfy { $0["text"]?.stringValue == "Grüße & <b>100%</b> 😀" })
        for outcome in outcomes {
            guard case .sent(let reference, _) = outcome else { continue }
            #expect(messages.contains { $0["id"]?.stringValue == reference })
        }
    }

    @Test func theRequestIsThePublishedForm() async throws {
        let contract = try Self.contract()
        let request = try #require(try await contract.exchange(contract.replies[0]).requests.first)
        let (head, body) = AdapterContract.parts(request)
        #expect(head.hasPrefix("POST / HTTP/1.1\r\n"))
        #expect(head.contains("Authorization: AWS4-HMAC-SHA256 Credential=AKID/"))
        #expect(head.contains("SignedHeaders=content-type;host;x-amz-date, Signature="))
        #expect(
            body == "Action=Publish&Version=2010-03-31&PhoneNumber=%2B6591234567&Message=Hello"
                + "&MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType&MessageAttributes.entry.1.Value.DataType=String"
                + "&MessageAttributes.entry.1.Value.StringValue=Transactional"
                + "&MessageAttributes.entry.2.Name=AWS.SNS.SMS.SenderID&MessageAttributes.entry.2.Value.DataType=String"
                + "&MessageAttributes.entry.2.Value.StringValue=Herald")
    }
}
