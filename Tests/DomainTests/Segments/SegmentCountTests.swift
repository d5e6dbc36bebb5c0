import TestSupport
import Testing

@testable import Domain

@Suite struct SegmentCountTests {
    private func count(_ text: String) -> SegmentCount {
        let bytes = Array(text.utf8)
        return SegmentCount(of: bytes.span)
    }

    static let known: [(String, SegmentCount.Encoding, Int, Int)] = [
        ("", .gsm7, 0, 1),
        (String(repeating: "a", count: 160), .gsm7, 160, 1),
        (String(repeating: "a", count: 161), .gsm7, 161, 2),
        (String(repeating: "a", count: 306), .gsm7, 306, 2),
        (String(repeating: "a", count: 307), .gsm7, 307, 3),
        (String(repeating: "€", count: 80), .gsm7, 160, 1),
        (String(repeating: "я", count: 70), .ucs2, 70, 1),
        (String(repeating: "я", count: 71), .ucs2, 71, 2),
        (String(repeating: "я", count: 134), .ucs2, 134, 2),
        (String(repeating: "😀", count: 35), .ucs2, 70, 1),
        ("It’s", .ucs2, 4, 1),
    ]

    @Test(arguments: known.indices) func countsUnitsAndSegments(index: Int) {
        let (text, encoding, units, segments) = Self.known[index]
        #expect(count(text) == SegmentCount(encoding: encoding, units: units, segments: segments))
    }

    /// 152 septets leave one free: the euro sign needs two, so the free one is wasted.
    @Test func anEscapedCharacterIsNotSplit() {
        let text = String(repeating: "a", count: 152) + "€" + String(repeating: "a", count: 152)
        #expect(count(text) == SegmentCount(encoding: .gsm7, units: 306, segments: 3))
    }

    @Test func aSurrogatePairIsNotSplit() {
        let text = String(repeating: "я", count: 66) + "😀" + String(repeating: "я", count: 66)
        #expect(count(text) == SegmentCount(encoding: .ucs2, units: 134, segments: 3))
    }

    @Test(arguments: [[0xFF], [0xC3], [0xE2, 0x82], [0x61, 0x80, 0x61], [0xF0, 0x9F, 0x98]] as [[UInt8]])
    func countsBrokenTextWithoutFailing(bytes: [UInt8]) {
        let result = SegmentCount(of: bytes.span)
        #expect(result.encoding == .ucs2 && result.units == bytes.count && result.segments == 1)
    }

    @Test func agreesWithGSM0338() throws {
        var judged = 0
        for line in try PythonOracle.lines("segments.py") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(fields.count == 4)
            let bytes = PythonOracle.bytes(hex: fields[3])
            let result = SegmentCount(of: bytes.span)
            let agrees =
                result.encoding.rawValue == fields[0] && "\(result.units)" == fields[1]
                && "\(result.segments)" == fields[2]
            #expect(agrees, "\(String(decoding: bytes, as: UTF8.self)): \(result), not \(line)")
            judged += 1
        }
        #expect(judged > 10_000)
    }
}
