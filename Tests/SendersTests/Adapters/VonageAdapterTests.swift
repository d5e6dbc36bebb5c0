import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct VonageAdapterTests {
    /// https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms
    static func reply(_ statuses: String...) -> String {
        let parts = statuses.enumerated().map { number, status in
            status == "0"
                ? #"{"to":"6591234567","message-id":"0C00\#(number)","status":"0","remaining-balance":"15.5","#
                    + #""message-price":"0.03330000","network":"52501"}"#
                : #"{"status":"\#(status)","error-text":"No: 6591234567"}"#
        }
        return #"{"message-count":"\#(statuses.count)","messages":[\#(parts.joined(separator: ","))]}"#
    }

    static func euros(_ micros: Int64) throws -> Money {
        Money(micros: micros, currency: try #require(Currency("EUR")))
    }

    static func contract() throws -> AdapterContract {
        AdapterContract(
            kind: "vonage",
            settings: #""api_key":"abcd1234","api_secret":"Secret&1","signature_secret":"\#(VendorCallbacks.secret)""#,
            codes: VonageAdapter.codes,
            replies: [
                ReplyCase("accepted", 200, reply("0"), .sent(reference: "0C000", cost: try euros(33_300))),
                ReplyCase("three parts", 200, reply("0", "0", "0"), .sent(reference: "0C000", cost: try euros(99_900))),
                ReplyCase("throttled inside a success", 200, reply("1"), .throttled(after: .seconds(1))),
                ReplyCase("wrong key", 200, reply("4"), .temporary(reason: "account_refused (vonage 4)")),
                ReplyCase("no credit", 200, reply("9"), .temporary(reason: "account_refused (vonage 9)")),
                ReplyCase("barred", 200, reply("7"), .permanent(reason: "opted_out (vonage 7)")),
                ReplyCase("sender", 200, reply("15"), .permanent(reason: "sender_refused (vonage 15)")),
                ReplyCase("unknown status", 200, reply("77"), .permanent(reason: "content_refused (vonage 77)")),
                ReplyCase(
                    "half of it taken", 200, reply("0", "1"), .inDoubt(reason: "unclear_reply (vonage parts 1)")),
                ReplyCase("no parts", 200, #"{"messages":[]}"#, .inDoubt(reason: "unclear_reply (vonage 200)")),
            ])
    }

    @Test func passesTheContract() async throws {
        var contract = try Self.contract()
        contract.receipts = try VendorCallbacks.lines("vonage").filter { $0["method"]?.stringValue == "sha256" }.map {
            ReceiptCase(
                name: "receipt", callback: try VendorCallbacks.read($0, "vonage"), now: VendorCallbacks.now,
                events: [
                    .status(
                        ReceiptStatus(
                            message: MessageID(rawValue: 1000), references: ["0C000000217B7F02"], state: .delivered,
                            at: VendorTime.text("2020-01-01T12:00:00Z"), recipient: "+6591234567"))
                ])
        }
        #expect(contract.receipts.count == 3)
        try await contract.check()
    }

    @Test func everyMethodOfSigningIsVerified() throws {
        let lines = try VendorCallbacks.lines("vonage")
        #expect(lines.count == 9)
        for line in lines {
            let callback = try VendorCallbacks.read(line, "vonage")
            for method in VonageSignature.Method.allCases {
                let reader = VonageCallbacks(
                    signature: VonageSignature(secret: VendorCallbacks.secret, method: method))
                let isOurs = line["method"]?.stringValue == method.rawValue
                #expect(
                    reader.verify(callback, now: VendorCallbacks.now)
                        == (isOurs ? .genuine : .forged("wrong signature")))
                #expect(reader.verify(callback, now: VendorCallbacks.now + .seconds(301)) == .forged("too old"))
            }
        }
    }

    /// https://developer.vonage.com/en/api/sms#send-an-sms
    @Test(arguments: [("Hello", "text=Hello"), ("Grüße ☀", "text=Gr%C3%BC%C3%9Fe%20%E2%98%80&type=unicode")])
    func theRequestIsThePublishedForm(text: String, field: String) async throws {
        let contract = try Self.contract()
        let exchange = try await contract.exchange(testBatch(to: ["+6591234567"], text: text)) {
            $0.answer(Self.reply("0"))
        }
        let (head, body) = AdapterContract.parts(try #require(exchange.requests.first))
        #expect(head.hasPrefix("POST /sms/json HTTP/1.1\r\n"))
        #expect(
            body == "api_key=abcd1234&api_secret=Secret%261&from=Herald&to=6591234567&\(field)&client-ref=1000")
    }

    static func events(_ fields: String) throws -> [ReceiptEvent] {
        try VonageCallbacks(signature: VonageSignature(secret: "s", method: .sha256)).events(
            ProviderCallback(
                provider: "v", receivedAt: VendorCallbacks.now, kind: "vonage", contentType: "",
                body: Array(fields.utf8)))
    }

    @Test(arguments: [
        ("3", [ReceiptState.bouncedHard]), ("2", [.undelivered]), ("9", [.undelivered, .unsubscribed]),
    ])
    func codesOfReceiptsTellWhoIsGone(code: String, states: [ReceiptState]) throws {
        let events = try Self.events(
            #"{"messageId":"m","status":"failed","err-code":\#(code),"client-ref":"5","msisdn":"6591234567"}"#)
        let found = events.compactMap { event in
            if case .status(let status) = event { status } else { nil }
        }
        #expect(found.map(\.state) == states)
        #expect(found.allSatisfy { $0.message == MessageID(rawValue: 5) && $0.reason.hasSuffix("(vonage \(code))") })
    }

    @Test func whatPeopleWriteIsAReply() throws {
        #expect(
            try Self.events("msisdn=6591234567&to=6580000000&messageId=m&text=STOP&type=text&keyword=STOP")
                == [.reply(InboundReply(from: "+6591234567", to: "+6580000000", text: "STOP"))])
    }
}
