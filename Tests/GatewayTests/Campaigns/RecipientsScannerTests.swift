import Domain
import TestSupport
import Testing

@testable import Gateway

/// Recipients are cut out of a body, however it comes, and nothing that is no JSON is taken for any.
struct RecipientsScannerTests {
    private struct Cut: Equatable {
        var lines: [String] = []
        var rest = ""
        var head: String?
    }

    private func cut(_ text: String, piece: Int = .max) throws -> Cut {
        var scanner = RecipientsScanner()
        let bytes = Array(text.utf8)
        var lines: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: min(piece, max(1, bytes.count))) {
            try scanner.feed(Array(bytes[start..<min(bytes.count, start + min(piece, bytes.count))]), into: &lines)
        }
        try scanner.finish()
        return Cut(
            lines: String(decoding: lines, as: UTF8.self).split(separator: "\n").map(String.init),
            rest: String(decoding: scanner.rest, as: UTF8.self),
            head: scanner.head.map { String(decoding: $0, as: UTF8.self) })
    }

    @Test(arguments: [1, 2, 3, 7, 64, .max]) func recipientsComeOutALineEachWhateverThePieces(piece: Int) throws {
        let body = """
            { "a" : {"recipients":[1]}, "recipients" : [ {"phone":"+65 [1]","n":"}\\"{"} ,
              {"phone":"2",
               "data":{"x":[1,{"y":"ü\\\\"}]}},{} ], "b":"recipients" , "c":["recipients",{}] }
            """
        let found = try cut(body, piece: piece)
        #expect(
            found.lines == [
                #"{"phone":"+65 [1]","n":"}\"{"}"#, #"{"phone":"2",    "data":{"x":[1,{"y":"ü\\"}]}}"#, "{}",
            ])
        #expect(
            found.rest
                == #"{ "a" : {"recipients":[1]}, "recipients" : null, "b":"recipients" , "c":["recipients",{}] }"#)
        #expect(found.head == #"{ "a" : {"recipients":[1]}, "recipients" : null}"#)
    }

    @Test(arguments: [
        "{}", #"{"template":"x"}"#, #"{"recipients":null}"#, #"{"recipients":{"a":[{}]}}"#, "[1]", "\"x\"",
    ])
    func aBodyWithoutTheListIsLeftAsItIs(body: String) throws {
        #expect(try cut(body) == Cut(lines: [], rest: body, head: nil))
    }

    @Test func anEmptyListIsAListWithoutLines() throws {
        #expect(
            try cut(#"{"recipients":[ ]}"#)
                == Cut(lines: [], rest: #"{"recipients":null}"#, head: #"{"recipients":null}"#))
    }

    @Test(arguments: [
        (#"{"recipients":[{}}]}"#, RecipientsScanner.Fault.malformed),
        (#"{"recipients":[{"a":[}]}]}"#, .malformed),
        (#"{"recipients":[{},]}"#, .malformed),
        (#"{"recipients":[,{}]}"#, .malformed),
        (#"{"recipients":[{} {}]}"#, .malformed),
        ("{\"recipients\":[{\"a\":\"x\ny\"}]}", .malformed),
        ("{\"recipients\":[{\"a\":\"x\\\ny\"}]}", .malformed),
        ("{\"recipients\":[{\u{0}}]}", .malformed),
        (#"{"recipients":["+6591234567"]}"#, .notAnObject),
        (#"{"recipients":[{},12]}"#, .notAnObject),
        (#"{"recipients":[[{}]]}"#, .notAnObject),
        (#"{"recipients":[null]}"#, .notAnObject),
        (#"{"recipients":[{"a":1}"#, .unfinished),
        (#"{"recipients":[{"a":"#, .unfinished),
        (#"{"recipients":["#, .unfinished),
        (#"{"recipients":[{}],"recipients":[{}]}"#, .repeated),
    ]) func whatIsNoListIsRefused(body: String, fault: RecipientsScanner.Fault) {
        for piece in [1, 5, .max] {
            #expect(throws: fault) { _ = try cut(body, piece: piece) }
        }
    }

    @Test func depthAndTheRestAreBounded() {
        let deep = #"{"recipients":[{"a":"# + String(repeating: "[", count: 100_000)
        #expect(throws: RecipientsScanner.Fault.tooDeep) { _ = try cut(deep, piece: 1000) }
        let long = #"{"name":""# + String(repeating: "x", count: RecipientsScanner.restLimit)
        #expect(throws: RecipientsScanner.Fault.restTooLong) { _ = try cut(long, piece: 1000) }
    }

    /// Against the parser: what it reads, the scanner cuts; where the parser finds a fault, one of both is told of it.
    @Test(arguments: 0..<20) func agreesWithTheParserOnAnyBytes(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let parts = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\"recipients\"", "\"recipients\":[", "{}", "{\"a\":1}", " ",
            "\n", "1",
            "\"b\":2", "null", "]}",
        ]
        for _ in 0..<2000 {
            let count = Int.random(in: 0..<8, using: &random)
            let body = "{" + (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined() + "}"
            let parsed = try? JSON.parse(Array(body.utf8))
            guard let found = try? cut(body, piece: Int.random(in: 1..<9, using: &random)) else {
                // Refused: no JSON, or a list that holds something else than objects, or twice.
                if let parsed { #expect(body.contains("recipients"), "\(parsed)") }
                continue
            }
            let rest = try? JSON.parse(Array(found.rest.utf8))
            let lines = found.lines.map { try? JSON.parse(Array($0.utf8)) }
            if let parsed, let object = parsed.objectValue {
                #expect(rest?.objectValue?.keys == object.keys, "\(body)")
                if found.head != nil {
                    #expect(object["recipients"]?.arrayValue == lines.map { $0 ?? .null }, "\(body)")
                }
            } else if rest != nil {
                #expect(lines.contains { $0 == nil }, "\(body)")
            }
        }
    }
}
