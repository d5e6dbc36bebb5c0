import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct TwilioAdapterTests {
    static let contract = AdapterContract(
        kind: "twilio",
        settings: #""account_sid":"AC1","auth_token":"\#(VendorCallbacks.secret)","from":"+15005550006""#,
        codes: TwilioAdapter.codes,
        replies: [
            ReplyCase("accepted", 201, #"{"sid":"SM1","status":"queued"}"#, .sent(reference: "SM1", cost: nil)),
            ReplyCase("too many requests", 429, #"{"code":20429,"status":429}"#, .throttled(after: .seconds(1))),
            ReplyCase("full queue", 400, #"{"code":21611,"status":400}"#, .throttled(after: .seconds(1))),
            ReplyCase(
                "suspended", 403, #"{"code":20005,"status":403}"#,
                .temporary(reason: "account_refused (twilio 20005)")),
            ReplyCase(
                "no mobile number", 400, #"{"code":21211,"message":"The 'To' number +6591234567 …","status":400}"#,
                .permanent(reason: "invalid_recipient (twilio 21211)")),
            ReplyCase(
                "stopped", 400, #"{"code":21610,"status":400}"#, .permanent(reason: "opted_out (twilio 21610)")),
            ReplyCase(
                "unknown code", 400, #"{"code":99999,"status":400}"#,
                .permanent(reason: "content_refused (twilio 400 99999)")),
            ReplyCase("gateway lost it", 504, "", .inDoubt(reason: "provider_error (twilio 504)")),
        ])

    static func receipts() throws -> [ReceiptCase] {
        try VendorCallbacks.of("twilio").enumerated().map { number, callback in
            ReceiptCase(
                name: "callback \(number) to \(callback.url)", callback: callback,
                events: [
                    .status(
                        ReceiptStatus(
                            message: callback.url.contains("m=1000") ? MessageID(rawValue: 1000) : nil,
                            references: ["SM\(number)"], state: .delivered, recipient: "+6591234567"))
                ])
        }
    }

    @Test func passesTheContract() async throws {
        var contract = Self.contract
        contract.receipts = try Self.receipts()
        try await contract.check()
    }

    @Test(arguments: [
        (
            Channel.sms, "/2010-04-01/Accounts/AC1/Messages.json",
            "To=%2B6591234567&From=Herald&Body=Code%20123456"
        ),
        (
            .whatsapp, "/2010-04-01/Accounts/AC1/Messages.json",
            "To=whatsapp%3A%2B6591234567&From=whatsapp%3AHerald&Body=Code%20123456"
        ),
    ])
    func theRequestIsTheOfficialLibrarys(channel: Channel, path: String, body: String) async throws {
        let exchange = try await Self.contract.exchange(
            testBatch(to: ["+6591234567"], text: "Code 123456", channel: channel)
        ) { $0.answer(status: 201, #"{"sid":"SM1"}"#) }
        let (head, found) = AdapterContract.parts(try #require(exchange.requests.first))
        #expect(head.hasPrefix("POST \(path) HTTP/1.1\r\n"))
        #expect(head.contains("Authorization: Basic QUMxOm"))
        #expect(found == body)
    }

    @Test func aCallReadsTheCodeDigitByDigit() async throws {
        let exchange = try await Self.contract.exchange(
            testBatch(to: ["+6591234567"], text: "Code <1234> & more", channel: .voice),
            settings: #""language":"en-GB","callback_url":"https://herald.example/cb""#
        ) { $0.answer(status: 201, #"{"sid":"CA1"}"#) }
        #expect(exchange.outcomes == [.sent(reference: "CA1", cost: nil)])
        let (head, body) = AdapterContract.parts(try #require(exchange.requests.first))
        #expect(head.hasPrefix("POST /2010-04-01/Accounts/AC1/Calls.json HTTP/1.1\r\n"))
        let form = FormBody(Array(body.utf8))
        #expect(form["StatusCallback"] == "https://herald.example/cb?m=1000")
        let document = try XMLTree.parse(try #require(form["Twiml"]))
        let say = XMLTree(name: "Say", attributes: ["language": "en-GB"], text: "Code <1, 2, 3, 4> & more")
        #expect(
            document
                == XMLTree(
                    name: "Response",
                    children: [say, XMLTree(name: "Pause", attributes: ["length": "1"]), say]))
    }

    static func event(_ form: String) throws -> [ReceiptEvent] {
        try TwilioCallbacks(token: "t").events(
            ProviderCallback(
                provider: "t", receivedAt: VendorCallbacks.now, kind: "twilio", contentType: "",
                body: Array(form.utf8), method: "POST", url: "https://x/?m=7"))
    }

    @Test(arguments: [
        (
            "MessageSid=S&MessageStatus=failed&ErrorCode=30005", ReceiptState.bouncedHard,
            "invalid_recipient (twilio 30005)"
        ),
        ("MessageSid=S&MessageStatus=undelivered&ErrorCode=30003", .undelivered, "time_out (twilio 30003)"),
        ("MessageSid=S&MessageStatus=undelivered&ErrorCode=98765", .undelivered, "provider_error (twilio 98765)"),
        ("CallSid=S&CallStatus=busy", .undelivered, "time_out (twilio busy)"),
        ("CallSid=S&CallStatus=completed", .delivered, ""), ("MessageSid=S&MessageStatus=read", .opened, ""),
    ])
    func failuresAreToldWithTheirReason(form: String, state: ReceiptState, reason: String) throws {
        #expect(
            try Self.event(form) == [
                .status(
                    ReceiptStatus(
                        message: MessageID(rawValue: 7), references: ["S"], state: state, reason: reason))
            ])
    }

    @Test func whatPeopleWriteIsAReply() throws {
        #expect(
            try Self.event("SmsSid=S&SmsStatus=received&From=whatsapp%3A%2B65912&To=whatsapp%3A%2B6580&Body=STOP+it")
                == [.reply(InboundReply(from: "+65912", to: "+6580", text: "STOP it"))])
    }
}
