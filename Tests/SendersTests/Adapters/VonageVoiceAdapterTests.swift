import Crypto
import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct VonageVoiceAdapterTests {
    static let application = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"

    private static func keys() throws -> (private: String, public: String) {
        let line = try #require(try PythonOracle.json("crypto.py", ["sign"]).first { $0["kind"]?.stringValue == "rsa" })
        return (try #require(line["private"]?.stringValue), try #require(line["public"]?.stringValue))
    }

    private static func contract(_ key: String) throws -> AdapterContract {
        let pem = key.replacing("\n", with: "\\n")
        return AdapterContract(
            kind: "vonage-voice",
            settings: #""application_id":"\#(application)","private_key":"\#(pem)","from":"+6580000000","#
                + #""signature_secret":"\#(VendorCallbacks.secret)","callback_url":"https://herald.example/cb""#,
            codes: VonageVoiceAdapter.codes, batch: testBatch(to: ["+6591234567"], from: "", channel: .voice),
            replies: [
                ReplyCase(
                    "accepted", 201,
                    #"{"uuid":"63f61863-4a51-4f6b-86e1-46edebcf9356","status":"started","direction":"outbound"}"#,
                    .sent(reference: "63f61863-4a51-4f6b-86e1-46edebcf9356", cost: nil)),
                ReplyCase("too many", 429, #"{"type":"TOO_MANY"}"#, .throttled(after: .seconds(1))),
                ReplyCase(
                    "no credit", 403, #"{"type":"https://developer.vonage.com/api-errors#low-balance","title":"x"}"#,
                    .temporary(reason: "account_refused (vonage-voice low-balance)")),
                ReplyCase(
                    "wrong token", 401, #"{"type":"UNAUTHORIZED","error_title":"Unauthorized"}"#,
                    .temporary(reason: "account_refused (vonage-voice unauthorized)")),
                ReplyCase(
                    "odd number", 400, #"{"type":"https://developer.vonage.com/api-errors#payload-validation"}"#,
                    .permanent(reason: "content_refused (vonage-voice payload-validation)")),
                ReplyCase("broke inside", 500, "{}", .inDoubt(reason: "provider_error (vonage-voice 500)")),
            ])
    }

    @Test func passesTheContract() async throws {
        var contract = try Self.contract(try Self.keys().private)
        let euros = try #require(Currency("EUR"))
        func status(_ state: ReceiptState, reason: String = "", cost: Money? = nil) -> ReceiptEvent {
            .status(
                ReceiptStatus(
                    message: MessageID(rawValue: 1000), references: [Self.application], state: state, reason: reason,
                    at: VendorTime.text("2020-01-01T12:00:00Z"), cost: cost, recipient: "+6591234567"))
        }
        let events: [[ReceiptEvent]] = [
            [], [status(.sent)], [status(.delivered, cost: Money(micros: 45_000, currency: euros))],
            [status(.undelivered, reason: "time_out (vonage-voice busy)")],
        ]
        contract.receipts = zip(try VendorCallbacks.of("vonage-voice"), events).map {
            ReceiptCase(name: "event", callback: $0, now: VendorCallbacks.now, events: $1)
        }
        #expect(contract.receipts.count == 4)
        try await contract.check()
    }

    @Test func theCallCarriesAVerifiableTokenAndReadsTheCodeDigitByDigit() async throws {
        let keys = try Self.keys()
        let exchange = try await Self.contract(keys.private).exchange(
            testBatch(to: ["+6591234567"], text: "Ihr Code <1234> & mehr", from: "", channel: .voice),
            settings: #""language":"de-DE""#
        ) { $0.answer(status: 201, #"{"uuid":"u1"}"#) }
        let (head, body) = AdapterContract.parts(try #require(exchange.requests.first))
        #expect(head.hasPrefix("POST /v1/calls HTTP/1.1\r\n"))
        let json = try JSON.parse(body)
        #expect(
            json == [
                "to": [["type": "phone", "number": "6591234567"]],
                "from": ["type": "phone", "number": "6580000000"],
                "ncco": [
                    [
                        "action": "talk", "language": "de-DE", "loop": 2,
                        "text": "<speak>Ihr Code &lt;1, 2, 3, 4&gt; &amp; mehr</speak>",
                    ]
                ],
                "event_url": ["https://herald.example/cb?m=1000"], "event_method": "POST",
            ])
        let speech = try #require(json["ncco"]?.arrayValue?.first?["text"]?.stringValue)
        #expect(try XMLTree.parse(speech) == XMLTree(name: "speak", text: "Ihr Code <1, 2, 3, 4> & mehr"))
        let start = try #require(head.firstRange(of: "Authorization: Bearer ")?.upperBound)
        let token = String(head[start...].prefix { $0 != "\r" && $0 != "\r\n" })
        let hex = String(decoding: Hex.encode(Array(keys.public.utf8)), as: UTF8.self)
        let claims = try #require(try PythonOracle.json("callbacks.py", ["jwt", token, hex]).first)
        #expect(claims["application_id"]?.stringValue == Self.application)
        let issued = try #require(claims["iat"]?.intValue)
        #expect(claims["exp"]?.intValue == issued + 900)
        #expect(claims["jti"]?.stringValue?.isEmpty == false)
    }

    @Test func aTokenIsUsedForSomeMinutes() throws {
        let clock = ManualClock()
        let token = VonageToken(
            application: "a", key: try SigningKey(pem: try Self.keys().private), clock: { clock.now() })
        let first = token.header()
        clock.pass(.seconds(599))
        #expect(token.header() == first)
        clock.pass(.seconds(2))
        let second = token.header()
        #expect(second != first)
        clock.pass(.seconds(-3600))
        #expect(token.header() != second)
    }
}
