import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct MessageBirdAdapterTests {
    static func error(_ code: Int, _ parameter: String?) -> String {
        let parameter = parameter.map { "\"\($0)\"" } ?? "null"
        return #"{"errors":[{"code":\#(code),"description":"no 6591234567","parameter":\#(parameter)}]}"#
    }

    static let contract = AdapterContract(
        kind: "messagebird",
        settings:
            #""access_key":"live_k","signing_key":"\#(VendorCallbacks.secret)","callback_url":"https://herald.example/cb""#,
        codes: MessageBirdAdapter.codes,
        replies: [
            // https://developers.messagebird.com/api/sms-messaging/#send-outbound-sms
            ReplyCase(
                "accepted", 201,
                #"{"id":"e8077d803532c0b5937c639b60216938","href":"https://rest.messagebird.com/messages/e8077d80","#
                    + #""direction":"mt","recipients":{"totalCount":1,"items":[{"recipient":6591234567,"status":"sent"}]}}"#,
                .sent(reference: "e8077d803532c0b5937c639b60216938", cost: nil)),
            ReplyCase("too many", 429, #"{"errors":null}"#, .throttled(after: .seconds(1))),
            ReplyCase(
                "wrong key", 401, error(2, "access_key"), .temporary(reason: "account_refused (messagebird 2)")),
            ReplyCase("no balance", 422, error(25, nil), .temporary(reason: "account_refused (messagebird 25)")),
            ReplyCase(
                "no number", 422, error(10, "recipients"),
                .permanent(reason: "invalid_recipient (messagebird 10 recipients)")),
            ReplyCase(
                "sender", 422, error(10, "originator"), .permanent(reason: "sender_refused (messagebird 10 originator)")
            ),
            ReplyCase("parameter", 422, error(10, "type"), .permanent(reason: "content_refused (messagebird 10)")),
            ReplyCase("broke inside", 500, error(99, nil), .inDoubt(reason: "unclear_reply (messagebird 99)")),
        ])

    @Test func passesTheContract() async throws {
        var contract = Self.contract
        let at = VendorTime.text("2020-01-01T12:00:00Z")
        let cost = Money(micros: 17_500, currency: try #require(Currency("EUR")))
        func status(_ state: ReceiptState, _ reason: String) -> ReceiptEvent {
            .status(
                ReceiptStatus(
                    message: MessageID(rawValue: 1000), references: ["e8077d803532c0b5937c639b60216938"], state: state,
                    reason: reason, at: at, cost: cost, recipient: "+6591234567"))
        }
        let reply = ReceiptEvent.reply(
            InboundReply(from: "+6591234567", to: "+6580000000", text: "STOP", at: at))
        let events: [[ReceiptEvent]] = [
            [status(.delivered, "")], [status(.bouncedHard, "invalid_recipient (messagebird 1)")], [reply], [reply],
        ]
        contract.receipts = zip(try VendorCallbacks.of("messagebird"), events).map {
            ReceiptCase(name: "callback", callback: $0, now: VendorCallbacks.now, events: $1)
        }
        #expect(contract.receipts.count == 4)
        try await contract.check()
    }

    /// Bird's own groups of the codes: unknown and unavailable subscribers, faults of the networks, registration.
    @Test(arguments: [
        (["1", "2", "3", "5", "9", "10", "11", "12"], "invalid_recipient"), (["8", "26", "27", "31"], "time_out"),
        (["34"], "provider_error"), (["103"], "opted_out"), (["104"], "sender_refused"), (["105"], "content_refused"),
    ])
    func everyGroupOfFailuresHasItsWord(_ codes: [String], _ word: String) {
        for code in codes { #expect(MessageBirdCallbacks.failures.codes.word(code) == word, "\(code)") }
    }

    /// A base station that does not answer is no dead number.
    @Test func onlyADeadNumberBouncesForGood() {
        for (code, state) in [("1", ReceiptState.bouncedHard), ("2", .undelivered), ("11", .undelivered)] {
            let events = MessageBirdCallbacks.failures.events(ReceiptStatus(state: .undelivered), code: code)
            guard case .status(let status) = events.first else { continue }
            #expect(status.state == state, "\(code)")
        }
    }

    @Test func aTokenIsGoodForItsTimeOnly() throws {
        let callback = try #require(try VendorCallbacks.of("messagebird").first)
        let reader = MessageBirdCallbacks(key: Array(VendorCallbacks.secret.utf8))
        let now = VendorCallbacks.now
        #expect(reader.verify(callback, now: now + .seconds(59)) == .genuine)
        #expect(reader.verify(callback, now: now + .seconds(62)) == .forged("too old"))
        #expect(reader.verify(callback, now: now - .seconds(5)) == .forged("too old"))
    }

    @Test func theRequestIsThePublishedForm() async throws {
        let exchange = try await Self.contract.exchange(Self.contract.replies[0])
        let (head, body) = AdapterContract.parts(try #require(exchange.requests.first))
        #expect(head.hasPrefix("POST /messages HTTP/1.1\r\n") && head.contains("Authorization: AccessKey live_k"))
        #expect(
            try JSON.parse(body) == [
                "originator": "Herald", "recipients": ["6591234567"], "body": "Hello", "datacoding": "auto",
                "reference": "1000", "reportUrl": "https://herald.example/cb",
            ])
    }
}
