import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct WhatsAppAdapterTests {
    static func error(_ code: Int) -> String {
        #"{"error":{"message":"(#\#(code)) +6591234567","type":"OAuthException","code":\#(code),"#
            + #""error_data":{"messaging_product":"whatsapp","details":"…"},"fbtrace_id":"A"}}"#
    }

    static let contract = AdapterContract(
        kind: "whatsapp",
        settings:
            #""phone_number_id":"106540352242922","access_token":"EAAJ","app_secret":"\#(VendorCallbacks.secret)","#
            + #""verify_token":"meat","currency":"USD""#,
        codes: WhatsAppAdapter.codes, batch: testBatch(to: ["+6591234567"], channel: .whatsapp),
        replies: [
            // https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#responses
            ReplyCase(
                "accepted", 200,
                #"{"messaging_product":"whatsapp","contacts":[{"input":"+6591234567","wa_id":"6591234567"}],"#
                    + #""messages":[{"id":"wamid.HBgL","message_status":"accepted"}]}"#,
                .sent(reference: "wamid.HBgL", cost: nil)),
            ReplyCase("too many", 429, error(130429), .throttled(after: .seconds(1))),
            ReplyCase("too many for this pair", 400, error(131056), .throttled(after: .seconds(1))),
            ReplyCase("old token", 401, error(190), .temporary(reason: "account_refused (whatsapp 190)")),
            ReplyCase("broke inside", 500, error(131000), .temporary(reason: "provider_busy (whatsapp 131000)")),
            ReplyCase("nobody there", 400, error(131026), .permanent(reason: "invalid_recipient (whatsapp 131026)")),
            ReplyCase("too late", 400, error(131047), .permanent(reason: "content_refused (whatsapp 131047)")),
            ReplyCase("stopped", 400, error(131050), .permanent(reason: "opted_out (whatsapp 131050)")),
            ReplyCase(
                "error in a success", 200, error(131026), .permanent(reason: "invalid_recipient (whatsapp 131026)")),
            ReplyCase("anything", 500, error(1), .inDoubt(reason: "unclear_reply (whatsapp 1)")),
        ])

    /// https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes, a code of each kind
    /// that is not among the replies above.
    @Test(arguments: [
        ("0", "account_refused"), ("3", "account_refused"), ("10", "account_refused"), ("200", "account_refused"),
        ("250", "account_refused"), ("299", "account_refused"), ("368", "account_refused"), ("33", "account_refused"),
        ("4", "rate_limited"), ("341", "rate_limited"), ("80007", "rate_limited"), ("131048", "rate_limited"),
        ("131049", "rate_limited"), ("2", "provider_busy"), ("131016", "provider_busy"), ("130472", "route_refused"),
        ("130497", "route_refused"), ("131005", "account_refused"), ("131031", "account_refused"),
        ("131042", "account_refused"), ("131021", "invalid_recipient"), ("131037", "sender_refused"),
        ("132000", "content_refused"), ("132001", "content_refused"), ("132005", "too_large"),
        ("132015", "content_refused"), ("133010", "account_refused"), ("135000", "content_refused"), ("999999", ""),
    ])
    func everyKindOfCodeHasItsWord(_ code: String, _ word: String) {
        #expect(WhatsAppAdapter.codes.word(code) == word)
    }

    /// Whoever has had enough for today is no bad address, and the message would be too late tomorrow.
    @Test func aFrequencyCapEndsTheMessageAlone() {
        let outcome = WhatsAppAdapter.codes.outcome("131049", retryAfter: nil)
        #expect(outcome == .permanent(reason: "rate_limited (whatsapp 131049)"))
        #expect(WhatsAppAdapter.failures.events(ReceiptStatus(state: .failed), code: "131049").count == 1)
    }

    static func status(_ state: ReceiptState, _ reason: String = "", cost: Money? = nil) -> ReceiptEvent {
        .status(
            ReceiptStatus(
                message: MessageID(rawValue: 1000), references: ["wamid.1"], state: state, reason: reason,
                at: VendorCallbacks.now, cost: cost, recipient: "+6591234567"))
    }

    @Test func passesTheContract() async throws {
        var contract = Self.contract
        let free = Money(micros: 0, currency: try #require(Currency("USD")))
        let stopped = "opted_out (whatsapp 131050)"
        func reply(_ text: String) -> ReceiptEvent {
            .reply(InboundReply(from: "+6591234567", to: "+6580000000", text: text, at: VendorCallbacks.now))
        }
        let events: [[ReceiptEvent]] = [
            [Self.status(.sent)], [Self.status(.delivered, cost: free), Self.status(.opened)],
            [Self.status(.failed, "invalid_recipient (whatsapp 131026)")],
            [Self.status(.failed, stopped), Self.status(.unsubscribed, stopped)],
            [
                reply("STOP ☹"), reply("Yes"),
                .status(
                    ReceiptStatus(
                        state: .unsubscribed, reason: "opted_out (whatsapp stop)", at: VendorCallbacks.now,
                        recipient: "+6591234567")),
            ],
        ]
        contract.receipts = zip(try VendorCallbacks.of("whatsapp"), events).map {
            ReceiptCase(name: "webhook", callback: $0, now: VendorCallbacks.now, events: $1)
        }
        #expect(contract.receipts.count == 5)
        try await contract.check()
    }

    @Test(arguments: [
        (
            "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meat",
            CallbackVerdict.challenge(reply: "1158201444")
        ),
        ("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=fish", .forged("wrong token")),
        ("hub.mode=subscribe&hub.challenge=1158201444", .forged("wrong token")),
        ("hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=meat", .forged("wrong token")),
        ("hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=meat", .forged("odd question")),
        ("hub.mode=subscribe&hub.verify_token=meat", .forged("odd question")),
    ])
    func theAddressIsProvenByItsToken(query: String, verdict: CallbackVerdict) throws {
        let reader = try #require(
            try ProviderCatalogue.callbacks(kind: "whatsapp", settings: Self.contract.json("https://x.example")))
        let callback = ProviderCallback(
            provider: "w", receivedAt: VendorCallbacks.now, kind: "whatsapp", contentType: "", body: [], method: "GET",
            url: "https://herald.example/cb?\(query)")
        #expect(reader.verify(callback, now: VendorCallbacks.now) == verdict)
    }

    /// https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates
    @Test func textsAndTemplatesAreThePublishedForms() async throws {
        let template =
            #"{"name":"code","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"12\"34"}]}]}"#
        for (rich, type, content) in [
            ("", "text", #"{"body":"Hello \"you\""}"#), (#"{"template":\#(template)}"#, "template", template),
            (#"{"template":"no object"}"#, "text", #"{"body":"Hello \"you\""}"#),
            (#"{"template":{"name":"x"}},"to":"1"}"#, "text", #"{"body":"Hello \"you\""}"#),
        ] {
            let exchange = try await Self.contract.exchange(
                testBatch(to: ["+6591234567"], text: #"Hello "you""#, rich: rich, channel: .whatsapp)
            ) { $0.answer(Self.contract.replies[0].body) }
            let (head, body) = AdapterContract.parts(try #require(exchange.requests.first))
            #expect(head.hasPrefix("POST /v23.0/106540352242922/messages HTTP/1.1\r\n"))
            #expect(head.contains("Authorization: Bearer EAAJ"))
            let wanted =
                #"{"messaging_product":"whatsapp","recipient_type":"individual","to":"6591234567","#
                + #""biz_opaque_callback_data":"1000","type":"\#(type)","\#(type)":\#(content)}"#
            #expect(try JSON.parse(body) == JSON.parse(wanted))
        }
    }
}
