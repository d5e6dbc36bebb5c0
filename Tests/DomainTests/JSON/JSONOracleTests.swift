import TestSupport
import Testing

@testable import Domain

@Suite struct JSONOracleTests {
    /// Accepts and means what Python's json module does.
    @Test func agreesWithPython() throws {
        for line in try PythonOracle.json("json_values.py", ["4000", "7"]) {
            let text = try #require(line["text"]?.stringValue).unicodeScalars.map { UInt8($0.value) }
            let expected = line["canonical"]?.stringValue
            let value = try? JSON.parse(text)
            #expect((value == nil) == (expected == nil), "\(text)")
            guard let value, let expected else { continue }
            #expect(value == (try JSON.parse(expected)), "\(text)")
            // What we write reads back as the same value, and its objects are listed by the scanner as they are.
            #expect(try JSON.parse(value.text) == value)
        }
    }

    /// The scanner accepts exactly the objects that the parser accepts.
    @Test func scannerAgreesWithParser() throws {
        var members: [JSONMember] = []
        for line in try PythonOracle.json("json_values.py", ["4000", "8"]) {
            let inside = try #require(line["text"]?.stringValue).unicodeScalars.map { UInt8($0.value) }
            let text = Array("{\"x\":".utf8) + inside + Array(",\"y\":[".utf8) + inside + Array("]}".utf8)
            var parsed: JSONError?
            do throws(JSONError) { _ = try JSON.parse(text) } catch { parsed = error }
            var scanned: JSONError?
            do throws(JSONError) { try JSONObjectScan.scan(text.span, in: 0..<text.count, into: &members) } catch {
                scanned = error
            }
            #expect(parsed == scanned, "\(text)")
        }
    }
}
