import TestSupport
import Testing

@testable import Domain

@Suite struct SegmentedTextTests {
    @Test func encodesAndCutsAsGSM0338Does() throws {
        var text = SegmentedText()
        var judged = 0
        for line in try PythonOracle.lines("sms_segments.py") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(fields.count == 4)
            let utf8 = PythonOracle.bytes(hex: fields[3])
            text.encode(utf8.span, joined: fields[0] == "7" ? .long : .short)
            let expected = fields[2].split(separator: ",", omittingEmptySubsequences: false).map {
                PythonOracle.bytes(hex: $0)
            }
            let found = (0..<text.count).map { Array(text.bytes[text.segment($0)]) }
            let agrees = text.encoding.rawValue == fields[1] && found == expected
            #expect(agrees, "\(String(decoding: utf8, as: UTF8.self)): \(found), not \(line)")
            if fields[0] == "6" { #expect(text.count == SegmentCount(of: utf8.span).segments) }
            judged += 1
        }
        #expect(judged > 20_000)
    }

    @Test(arguments: [[0xFF], [0xC3], [0xE2, 0x82], [0x61, 0x80, 0x61], [0xF0, 0x9F, 0x98]] as [[UInt8]])
    func brokenTextIsCutAsItIsCounted(bytes: [UInt8]) {
        var text = SegmentedText()
        text.encode(bytes.span)
        let count = SegmentCount(of: bytes.span)
        #expect(text.encoding == count.encoding && text.bytes.count == 2 * count.units && text.count == 1)
    }

    @Test func everySeptetComesBack() {
        for septet: UInt8 in 0..<128 where septet != GSMAlphabet.escape {
            let scalar = GSMAlphabet.character(of: septet, escaped: false)
            #expect(GSMAlphabet.code(of: scalar) == UInt16(septet))
        }
        for septet: UInt8 in [0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65] {
            let scalar = GSMAlphabet.character(of: septet, escaped: true)
            #expect(GSMAlphabet.code(of: scalar) == GSMAlphabet.extended | UInt16(septet))
        }
    }
}
