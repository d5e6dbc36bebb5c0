import Testing

@testable import Domain

/// Control bytes in a text for SMS.
@Suite struct SMSControlTests {
    /// The alphabet has line ends, a page break, and an escape, which goes out as a blank; any other control character
    /// makes the message UCS-2, where it is none and ends nothing.
    @Test func noControlByteIsOfTheGSMAlphabet() {
        for scalar in Array(UInt32(0)...0x1F) + Array(UInt32(0x7F)...0x9F) {
            let isIn = [0x0A, 0x0C, 0x0D, 0x1B].contains(scalar)
            #expect((GSMAlphabet.code(of: scalar) != nil) == isIn, "\(scalar)")
        }
        #expect(GSMAlphabet.code(of: 0x1B) == 0x20)
        let text = Array("a\u{0}".utf8)
        #expect(SegmentCount(of: text.span).encoding == .ucs2)
    }
}
