import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct ReplyRulesTests {
    static func outcome(_ settings: String, _ status: Int, _ body: String?, retryAfter: Duration? = nil) throws
        -> Outcome
    {
        let config = try HTTPProviderConfig(json: #"{"url":"https://x.example/","json":{}"# + settings + "}")
        guard let body else { return config.rules.outcome(status: status, body: nil, retryAfter: retryAfter) }
        let bytes = Array(body.utf8)
        return config.rules.outcome(status: status, body: bytes.span, retryAfter: retryAfter)
    }

    @Test(arguments: [
        (200, OutcomeKind.sent), (201, .sent), (202, .sent), (299, .sent), (301, .temporary), (302, .temporary),
        (307, .temporary),
        (400, .permanent), (401, .temporary), (402, .temporary), (403, .temporary), (404, .permanent),
        (407, .temporary),
        (408, .inDoubt), (409, .temporary), (410, .permanent), (422, .permanent), (425, .temporary),
        (429, .throttled),
        (500, .inDoubt), (501, .temporary), (502, .inDoubt), (503, .temporary), (504, .inDoubt), (599, .temporary),
        (0, .temporary),
    ])
    func statusesByDefault(status: Int, kind: OutcomeKind) throws {
        #expect(OutcomeKind(try Self.outcome("", status, "")) == kind)
    }

    /// A provider that documents what it means by them is believed.
    @Test(arguments: [408, 500, 502, 504]) func doubtsCanBeSettledByConfiguration(status: Int) throws {
        for (list, kind) in [
            ("temporary", OutcomeKind.temporary), ("permanent", .permanent), ("throttled", .throttled),
        ] {
            #expect(OutcomeKind(try Self.outcome(#","\#(list)":[{"status":\#(status)}]"#, status, "")) == kind)
        }
        #expect(OutcomeKind(try Self.outcome(#","in_doubt":[]"#, status, "")) == .temporary)
    }

    @Test(arguments: [429, 503]) func refusalsCanBeDoubted(status: Int) throws {
        let settings = #","throttled":[],"temporary":[],"permanent":[],"in_doubt":[{"status":\#(status)}]"#
        #expect(OutcomeKind(try Self.outcome(settings, status, "")) == .inDoubt)
    }

    @Test func retryAfterWins() throws {
        #expect(try Self.outcome("", 429, "", retryAfter: .seconds(9)) == .throttled(after: .seconds(9)))
        #expect(try Self.outcome(#","throttle_wait_ms":250"#, 429, "") == .throttled(after: .milliseconds(250)))
    }

    @Test func referenceAndCost() throws {
        let settings = #","reference":"m.0.id","cost":{"field":"m.0.price","currency":"EUR","currency_field":"cur"}"#
        let eur = try #require(Currency("EUR"))
        let usd = try #require(Currency("USD"))
        #expect(
            try Self.outcome(settings, 200, #"{"m":[{"id":42,"price":"-0.0075"}],"cur":"usd"}"#)
                == .sent(reference: "42", cost: Money(micros: 7500, currency: usd)))
        #expect(
            try Self.outcome(settings, 200, #"{"m":[{"id":"x","price":1}]}"#)
                == .sent(reference: "x", cost: Money(micros: 1_000_000, currency: eur)))
        // What nobody pays with is no price, and not one in another currency.
        #expect(
            try Self.outcome(settings, 200, #"{"m":[{"id":"x","price":1}],"cur":"QQQ"}"#)
                == .sent(reference: "x", cost: nil))
        #expect(
            try Self.outcome(settings, 200, #"{"m":[{"id":"x","price":null}]}"#) == .sent(reference: "x", cost: nil))
    }

    @Test(arguments: ["<html>", "", #"{"id":"#, "{}", #"{"id":null}"#, #"{"id":""}"#, #"{"id":{}}"#])
    func successWithoutThePromisedReference(body: String) throws {
        #expect(OutcomeKind(try Self.outcome(#","reference":"id""#, 200, body)) == .inDoubt)
        #expect(
            try Self.outcome(#","reference":"id","missing_reference":"sent""#, 200, body)
                == .sent(reference: "", cost: nil))
        #expect(try Self.outcome("", 200, body) == .sent(reference: "", cost: nil))
    }

    @Test func tooLongReferenceIsNone() throws {
        let longest = String(repeating: "x", count: 255)
        let settings = #","reference":"id""#
        #expect(
            try Self.outcome(settings, 200, #"{"id":"\#(longest)"}"#) == .sent(reference: longest, cost: nil))
        #expect(OutcomeKind(try Self.outcome(settings, 200, #"{"id":"\#(longest)x"}"#)) == .inDoubt)
    }

    /// A database refuses every row of a window for one NUL in it.
    @Test(arguments: [#"\u0000"#, #"a\u0000b"#, #"a\n"#, #"\tb"#, #"a\u001fb"#, #"a\u007f"#, "a\u{7F}"])
    func referenceWithControlCharactersIsNone(reference: String) throws {
        let body = #"{"id":"\#(reference)"}"#
        #expect(OutcomeKind(try Self.outcome(#","reference":"id""#, 200, body)) == .inDoubt)
        #expect(
            try Self.outcome(#","reference":"id","missing_reference":"sent""#, 200, body)
                == .sent(reference: "", cost: nil))
    }

    @Test(arguments: ["9000000000000", "1e9", #""-1000000000""#])
    func priceBeyondReasonIsNone(price: String) throws {
        let settings = #","reference":"id","cost":{"field":"price","currency":"EUR"}"#
        #expect(
            try Self.outcome(settings, 200, #"{"id":"r","price":\#(price)}"#) == .sent(reference: "r", cost: nil))
    }

    @Test func rulesByField() throws {
        let settings = #"""
            ,"sent":{"status":"2xx","field":"status","equals":["ok",0,true]},
            "throttled":[{"status":429},{"status":200,"field":"code","equals":["busy"]}],
            "permanent":[{"status":["2xx","4xx"],"field":"error"}]
            """#
        #expect(OutcomeKind(try Self.outcome(settings, 200, #"{"status":"ok"}"#)) == .sent)
        #expect(OutcomeKind(try Self.outcome(settings, 200, #"{"status":0}"#)) == .sent)
        #expect(OutcomeKind(try Self.outcome(settings, 200, #"{"status":true}"#)) == .sent)
        #expect(OutcomeKind(try Self.outcome(settings, 200, #"{"status":"other"}"#)) == .inDoubt)
        #expect(OutcomeKind(try Self.outcome(settings, 200, "<html>")) == .inDoubt)
        #expect(OutcomeKind(try Self.outcome(settings, 200, #"{"code":"busy"}"#)) == .throttled)
        #expect(OutcomeKind(try Self.outcome(settings, 200, #"{"error":{"a":1},"status":"ok"}"#)) == .permanent)
        #expect(OutcomeKind(try Self.outcome(settings, 200, #"{"error":null,"status":"ok"}"#)) == .sent)
        #expect(OutcomeKind(try Self.outcome(settings, 404, "")) == .permanent)
    }

    @Test func replyCutAtTheLimit() throws {
        #expect(OutcomeKind(try Self.outcome(#","reference":"id""#, 200, nil)) == .inDoubt)
        #expect(OutcomeKind(try Self.outcome("", 200, nil)) == .sent)
        #expect(OutcomeKind(try Self.outcome("", 400, nil)) == .permanent)
    }
}
