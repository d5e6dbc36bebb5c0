import Testing

@testable import Domain

@Suite struct JSONObjectScanTests {
    private func members(_ text: String) throws -> [(String, JSONSlice.Kind, String)] {
        let bytes = Array(text.utf8)
        var members: [JSONMember] = []
        try JSONObjectScan.scan(bytes.span, in: 0..<bytes.count, into: &members)
        return members.map { member in
            var key: [UInt8] = []
            JSONText.appendUnescaped(bytes.span, member.key, into: &key)
            let value = member.value.text(in: bytes.span) ?? Array(bytes[member.value.range])
            return (String(decoding: key, as: UTF8.self), member.value.kind, String(decoding: value, as: UTF8.self))
        }
    }

    @Test func listsMembers() throws {
        let found = try members(
            #" {"to":"+6591234567", "n\u0061me":"A\u00e9\"", "n": -1.5e2, "l":[1,{"x":[]},"]"], "o":{"a":{"b":1}}, "t":true,"f":false,"z":null} "#
        )
        #expect(found.map(\.0) == ["to", "name", "n", "l", "o", "t", "f", "z"])
        #expect(found.map(\.1) == [.string, .escapedString, .number, .array, .object, .true, .false, .null])
        #expect(
            found.map(\.2) == [
                "+6591234567", "Aé\"", "-1.5e2", #"[1,{"x":[]},"]"]"#, #"{"a":{"b":1}}"#, "true", "false", "null",
            ])
        #expect(try members("{}").isEmpty)
    }

    /// Whatever the parser says of an object, the scanner says too.
    @Test(arguments: [
        "", "[]", "{", "{}x", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":[1,]}"#, #"{"a":{"b" 1}}"#, #"{"a":1e400}"#,
        #"{"a":[1e400]}"#, #"{"a":"\ud800"}"#, #"{"a":[}"#, #"{"a":[[]}"#, #"{"a":{]}"#, #"{"a":tru}"#, #"{"a":01}"#,
        #"{"a":{"b":[1,{"c":null}],"d":"x"},"e":[[[]]]}"#, #"{"a":[{},{},[{}]]}"#, #"{"a":{"b":1,"c"}}"#,
        #"{"a":[1 2]}"#,
        #"{"a":\#(String(repeating: "[", count: 127))\#(String(repeating: "]", count: 127))}"#,
        #"{"a":\#(String(repeating: "[", count: 128))\#(String(repeating: "]", count: 128))}"#,
        #"{"a":\#(String(repeating: #"{"b":"#, count: 1000))1}"#,
    ])
    func agreesWithTheParser(_ text: String) {
        func outcome(_ body: () throws -> Void) -> JSONError? {
            do { try body() } catch { return error as? JSONError }
            return nil
        }
        let parsed = outcome {
            guard try JSON.parse(text).objectValue != nil else { throw JSONError(.notAnObject, at: 0) }
        }
        let scanned = outcome { _ = try members(text) }
        #expect(parsed == scanned)
    }

    @Test func keepsInsideItsRange() throws {
        let bytes = Array(#"{"a":1}{"b":22}"#.utf8)
        var members: [JSONMember] = []
        try JSONObjectScan.scan(bytes.span, in: 7..<15, into: &members)
        #expect(members.count == 1)
        #expect(bytes[members[0].value.range].elementsEqual("22".utf8))
        #expect(throws: JSONError(.unexpectedEnd, at: 14)) {
            try JSONObjectScan.scan(bytes.span, in: 7..<14, into: &members)
        }
    }

    @Test func listsEachMemberOnceAndNoListsElements() throws {
        #expect(try members(#"{"a":1,"b":{"c":2},"d":"e"}"#).map(\.0) == ["a", "b", "d"])
        #expect(throws: JSONError(.notAnObject, at: 0)) { try members("[1]") }
    }
}
