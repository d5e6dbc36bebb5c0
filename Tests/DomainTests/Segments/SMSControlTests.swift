import Testing

@testable import Domain

/// Control bytes in a text for SMS.
@Suite struct SMSControlTests {
    /// The alphabet has line ends and a page break; any other control character makes the message UCS-2, where it is no
    /// escape and ends nothing.
    @Test func noControlByteIsOfTheGSMAlphabet() {
        for scalar in Array(UInt32(0)...0x1F) + Array(UInt32(0x7F)...0x9F) {
            let isLineEnd = [0x0A, 0x0C, 0x0D].contains(scalar)
            #expect((GSMAlphabet.code(of: scalar) != nil) == isLineEnd, "\(scalar)")
        }
        let text = Array("a\u{1B}e\u{0}".utf8)
        #expect(SegmentCount(of: text.span).encoding == .ucs2)
    }
}
