import Domain
import Testing

@testable import Senders

@Suite struct HTTPProviderConfigTests {
    static func fill(_ template: RequestTemplate, _ batch: MessageBatch) -> String {
        var out = RawBytes(capacity: 1)
        template.fill(&out, batch.messages[0], RequestSource(batch, keySuffix: Array("-test".utf8)))
        return String(decoding: UnsafeBufferPointer(start: out.base, count: out.count), as: UTF8.self)
    }

    @Test func jsonBodyEscapes() throws {
        let config = try HTTPProviderConfig(
            json: #"""
                {"url":"https://x.example/","json":{"to":"{{to}}","b":["{{text}}", 1, -0.5, null, true, 12345678901],
                "é\"":"<{{ subject }}|{{id}}|{{attempt}}|{{idempotency_key}}|{{channel}}>", "d":"{{data}}"}}
                """#)
        let batch = testBatch(
            to: ["+65\"\\9"], text: "a\nb\u{1}\t\r\u{7F} ünïcode 😀 {{to}}", subject: "\"},\"to\":\"x",
            rich: #"{"k":[1]}"#)
        let expected =
            #"{"b":["a\nb\u0001\t\r\u007F ünïcode 😀 {{to}}",1,-0.5,null,true,12345678901],"d":{"k":[1]},"to":"+65\"\\9","#
            + #""é\"":"<\"},\"to\":\"x|1000|1|1000-test|sms>"}"#
        let filled = Self.fill(try #require(config.body), batch)
        #expect(filled == expected)
        let bytes = Array(filled.utf8)
        let isValid = JSON.isValid(bytes.span)
        #expect(isValid)
    }

    @Test func dataThatIsNoJSONBecomesNull() throws {
        let config = try HTTPProviderConfig(json: #"{"url":"https://x.example/","json":{"d":"{{data}}"}}"#)
        #expect(Self.fill(try #require(config.body), testBatch(to: ["1"], rich: #"{},"x":{}"#)) == #"{"d":null}"#)
        #expect(Self.fill(try #require(config.body), testBatch(to: ["1"])) == #"{"d":null}"#)
    }

    @Test func formAndUrlEscape() throws {
        let config = try HTTPProviderConfig(
            json: #"{"url":"https://x.example/send?to={{to}}","form":{"To":"{{to}}","Body & Co":"Hi, {{text}}!"}}"#)
        let batch = testBatch(to: ["+6591"], text: "a b&c=ü%\n~")
        #expect(
            Self.fill(try #require(config.body), batch)
                == "Body%20%26%20Co=Hi%2C%20a%20b%26c%3D%C3%BC%25%0A~%21&To=%2B6591")
        #expect(Self.fill(config.url, batch) == "https://x.example/send?to=%2B6591")
    }

    @Test func headersByDefault() throws {
        let config = try HTTPProviderConfig(json: #"{"url":"https://x.example/","json":{},"headers":{"X-A":"1"}}"#)
        #expect(config.headers.map(\.name) == ["X-A", "Content-Type", "Idempotency-Key"])
        let bare = try HTTPProviderConfig(json: #"{"url":"https://x.example/","headers":{"idempotency-key":""}}"#)
        #expect(bare.headers.isEmpty && bare.body == nil)
    }

    @Test func keyIsTheSameForEveryAttempt() throws {
        let config = try HTTPProviderConfig(json: #"{"url":"https://x.example/"}"#)
        let header = try #require(config.headers.first)
        #expect(Self.fill(header.value, testBatch(to: ["1"], attempt: 1)) == "1000-test")
        #expect(Self.fill(header.value, testBatch(to: ["1"], attempt: 7)) == "1000-test")
    }

    @Test(arguments: [
        ("[]", "must be a JSON object"),
        ("{", "must be a JSON object"),
        ("{}", "\"url\" is missing"),
        (#"{"url":7}"#, "\"url\" must be a text, not a number"),
        (#"{"url":"ftp://x/"}"#, "must begin with https://"),
        (#"{"url":"https:///x"}"#, "has no host"),
        (#"{"url":"https://x.example/ y"}"#, "must have no spaces"),
        (#"{"url":"https://{{to}}.example/"}"#, "no placeholder in its host"),
        (#"{"url":"https://a:b@x.example/"}"#, "put credentials into \"headers\""),
        (#"{"url":"https://x.example/{{too}}"}"#, "unknown placeholder {{too}}"),
        (#"{"url":"https://x.example/","json":"{{to"}"#, "{{ without }}"),
        (#"{"url":"https://x.example/","json":"a {{data}}"}"#, "whole value"),
        (#"{"url":"https://x.example/","json":1,"form":{}}"#, "one body"),
        (#"{"url":"https://x.example/","form":{"a":1}}"#, "\"form.a\" must be a text"),
        (#"{"url":"https://x.example/","method":"DELETE"}"#, "must be POST, PUT, PATCH or GET"),
        (#"{"url":"https://x.example/","headers":{"A":"b\r\nC: d"}}"#, "no line breaks"),
        (#"{"url":"https://x.example/","headers":{"A b":"c"}}"#, "is no header name"),
        (#"{"url":"https://x.example/","headers":{"A":"{{text}}"}}"#, "must not hold {{text}}"),
        (#"{"url":"https://x.example/","headers":{"Host":"y"}}"#, "set by Herald"),
        (#"{"url":"https://x.example/","headers":{"A":"1","a":"2"}}"#, "twice"),
        (#"{"url":"https://x.example/","timeout_ms":0}"#, "must be from 1 to 600000, not 0"),
        (#"{"url":"https://x.example/","timeout_ms":1.5}"#, "must be a whole number"),
        (#"{"url":"https://x.example/","timeuot_ms":1}"#, "\"timeuot_ms\" is unknown"),
        (#"{"url":"https://x.example/","sent":[{"status":"9xx"}]}"#, "\"sent[0].status\" must hold statuses"),
        (#"{"url":"https://x.example/","sent":[{"equals":"ok"}]}"#, "\"sent[0].field\" is missing"),
        (#"{"url":"https://x.example/","sent":["ok"]}"#, "\"sent[0]\" must be an object"),
        (#"{"url":"https://x.example/","reference":"a..b"}"#, "must be a path"),
        (#"{"url":"https://x.example/","missing_reference":"maybe"}"#, "\"in_doubt\" or \"sent\""),
        (#"{"url":"https://x.example/","cost":{"field":"p"}}"#, "\"cost.currency\" is missing"),
        (#"{"url":"https://x.example/","cost":{"field":"p","currency":"dollars"}}"#, "three letters"),
        (#"{"url":"https://x.example/","cost":{"currency":"USD"}}"#, "\"cost.field\" is missing"),
    ])
    func mistakesAreNamed(json: String, problem: String) {
        #expect { try HTTPProviderConfig(json: json) } throws: { "\($0)".contains(problem) }
    }

    @Test(arguments: [
        ("https://X.example/send?to={{to}}", "x.example:443"), ("http://x.example", "x.example:80"),
        ("http://x.example:8080?a=b:c", "x.example:8080"), ("https://x.example:#", "x.example:443"),
        ("http://[::1]/", "[::1]:80"), ("HTTPS://[::1]:99/", "[::1]:99"),
    ])
    func hostAndPort(url: String, host: String) throws {
        #expect(try HTTPProviderConfig(json: #"{"url":"\#(url)"}"#).transport.host == host)
    }
}
