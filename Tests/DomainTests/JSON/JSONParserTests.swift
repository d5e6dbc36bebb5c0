import Testing

@testable import Domain

@Suite struct JSONParserTests {
    @Test(
        arguments: [
            ("null", JSON.null), (" true ", true), ("-0", 0), ("9223372036854775807", .int(.max)),
            ("9223372036854775808", .bigInt("9223372036854775808")), ("1.5e3", 1500.0), ("1e-400", 0.0),
            (#""a\u00e9\ud83d\ude00\n\/""#, "a\u{E9}\u{1F600}\n/"), ("[]", []), ("[1, [2]]", [1, [2]]),
            (#"{"a":1,"b":2,"a":3}"#, ["a": 3, "b": 2]), (#"{"":{}}"#, ["": [:]]),
        ] as [(String, JSON)])
    func reads(_ text: String, _ expected: JSON) throws {
        #expect(try JSON.parse(text) == expected)
    }

    @Test(
        arguments: [
            ("", JSONError.Reason.empty, 0), ("[1", .unexpectedEnd, 2), ("[1,]", .trailingComma, 3), ("01", .number, 0),
            ("1 2", .trailing, 2), ("True", .literal, 0), ("NaN", .literal, 0), (#""\x""#, .escape, 1),
            (#""\ud800""#, .surrogate, 1), (#""\udc00\ud800""#, .surrogate, 1), ("\"\n\"", .control, 1),
            ("1e400", .numberTooBig, 0), ("-1e400", .numberTooBig, 0), ("{a:1}", .key, 1),
            (#"{"a" 1}"#, .missingColon, 5),
            ("[1 2]", .missingComma, 3), ("1.", .unexpectedEnd, 2), ("+1", .unexpectedByte, 0),
            ("\u{FEFF}1", .unexpectedByte, 0),
            (#"{"a":1,}"#, .trailingComma, 7), ("nul", .unexpectedEnd, 3), (#"{"a":1"b":2}"#, .missingComma, 6),
        ] as [(String, JSONError.Reason, Int)])
    func refuses(_ text: String, _ reason: JSONError.Reason, _ offset: Int) {
        #expect(throws: JSONError(reason, at: offset)) { try JSON.parse(text) }
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xF0, 0x80, 0x80, 0x80],
            [0xC3, 0x41], [0xFF], [0xF4, 0x90, 0x80, 0x80],
        ] as [[UInt8]])
    func refusesBadUTF8(_ inside: [UInt8]) {
        #expect(throws: JSONError(.utf8, at: 1)) { try JSON.parse([0x22] + inside + [0x22]) }
    }

    @Test func depthEndsInAnError() throws {
        let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        _ = try JSON.parse(deep)
        #expect(throws: JSONError(.depth, at: 128)) { try JSON.parse("[" + deep + "]") }
        #expect(throws: JSONError(.depth, at: 128)) { try JSON.parse(String(repeating: "[", count: 200_000)) }
    }

    @Test func manyDuplicateKeysStayFast() throws {
        let members = (0..<40_000).map { "\"k\($0 % 20_000)\":\($0)" }.joined(separator: ",")
        let object = try #require(try JSON.parse("{\(members)}").objectValue)
        #expect(object.count == 20_000)
        #expect(object["k19999"] == 39_999)
    }

    @Test func keysDifferByBytes() throws {
        let object = try #require(try JSON.parse("{\"\u{E9}\":1,\"e\u{301}\":2}").objectValue)
        #expect(object.count == 2)
    }

    @Test func positionCountsLinesAndCharacters() throws {
        let text = Array("{\n \"é\": tru }".utf8)
        let error = try #require(throws: JSONError.self) { try JSON.parse(text) }
        let place = error.position(in: text.span)
        #expect(place == (2, 7))
    }

    @Test(arguments: [
        #"{"a":[1,2.5,null,true,"x\"\\\n\u0001é"],"b":{}}"#, "123456789012345678901234567890", "[]",
    ])
    func writesWhatItRead(_ text: String) throws {
        #expect(try JSON.parse(text).text == text)
    }
}
