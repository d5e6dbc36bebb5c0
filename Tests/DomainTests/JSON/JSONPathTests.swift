import Testing

@testable import Domain

private func isJSON(_ bytes: some Sequence<UInt8>) -> Bool {
    let bytes = Array(bytes)
    return JSON.isValid(bytes.span, .anyText)
}

@Suite struct JSONPathTests {
    static func find(_ path: String, _ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard let path = JSONPath(path), let value = path.find(in: bytes.span) else { return nil }
        return value.text(in: bytes.span).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        ("id", #"{"id":"a1"}"#, "a1"),
        ("id", #" { "x" : [1,{"id":2}] , "id" : 17 } "#, "17"),
        ("messages.0.sid", #"{"messages":[{"sid":"SM1"},{"sid":"SM2"}]}"#, "SM1"),
        ("messages.1.sid", #"{"messages":[{"sid":"SM1"},{"sid":"SM2"}]}"#, "SM2"),
        ("/a.b/c~1d/~0", #"{"a.b":{"c/d":{"~":true}}}"#, "true"),
        ("a.0", #"{"a":{"0":"zero"}}"#, "zero"),
        ("é", #"{"\u00e9":"\ud83d\ude00\n\"\\\/"}"#, "😀\n\"\\/"),
        ("x", #"{"x":"\ud83dz"}"#, "\u{FFFD}z"),
        ("0", "[-1.5e3]", "-1.5e3"),
        ("id", #"{"id":"first","id":"second"}"#, "first"),
    ])
    func findsByPath(path: String, text: String, value: String) {
        #expect(isJSON(text.utf8))
        #expect(Self.find(path, text) == value)
    }

    @Test(arguments: [
        ("id", #"{"ID":"a1"}"#), ("id", "[]"), ("id", #""id""#), ("a.b", #"{"a":1}"#), ("a.2", #"{"a":[0,1]}"#),
        ("a", #"{"a":null}"#), ("a", #"{"a":{}}"#), ("a", "{}"),
    ])
    func findsNothing(path: String, text: String) {
        #expect(Self.find(path, text) == nil)
    }

    @Test(arguments: [
        "", " ", "{", "}", #"{"a""#, #"{"a":"#, #"{"a":1"#, #"{"a":1,}"#, "[1,]", "[1 2]", #"{"a" 1}"#, "{1:2}", "01",
        "1.",
        ".5", "-", "+1", "1e", "1e+", "tru", "nul", "True", #""abc"#, #""\x""#, #""\u12g4""#, #""\u12"#, "\"a\nb\"",
        "{} {}", "1 1", "NaN", "\"\\", "<html>", #"{"reference":"sb00"#,
    ])
    func refusesWhatIsNoJSON(text: String) {
        #expect(!isJSON(text.utf8))
    }

    @Test func nestingIsBounded() {
        func nested(_ depth: Int) -> [UInt8] {
            Array(repeating: 0x5B, count: depth) + Array(repeating: 0x5D, count: depth)
        }
        #expect(isJSON(nested(60)))
        #expect(!isJSON(nested(100_000)))
        #expect(!isJSON(Array(repeating: 0x5B, count: 1_000_000)))
    }

    /// Every cut and every changed byte of a reply is either JSON or not, but never a crash.
    @Test func survivesEveryCutAndFlip() throws {
        let reply = Array(#"{"a":[1,-2.5e3,"x\u00e9\n",{"b":null}],"c":true,"d":"\ud83d\ude00"}"#.utf8)
        let path = try #require(JSONPath("a.3.b"))
        for end in 0..<reply.count {
            let cut = Array(reply[..<end])
            #expect(!isJSON(cut))
            _ = path.find(in: cut.span)
        }
        for index in reply.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = reply
                changed[index] = byte
                let isValid = JSON.isValid(changed.span, .anyText)
                if isValid, let found = path.find(in: changed.span) {
                    _ = found.text(in: changed.span)
                }
            }
        }
    }

    @Test(arguments: ["", ".", "a.", ".a", "a..b", "/", "/a//b"])
    func emptyStepsAreNoPath(text: String) {
        #expect(JSONPath(text) == nil)
    }
}
