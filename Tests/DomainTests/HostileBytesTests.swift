import Testing

@testable import Domain

/// Whatever a file contains, a check answers and stays within what it promised.
@Suite struct HostileBytesTests {
    /// Characters that the rules treat specially, whole and broken.
    private static let pieces: [[UInt8]] =
        [
            "0", "1", "44", "65", "9", "+", " ", "-", ".", ".0", "(", ")", "/", "x", "ext", "#", ",", ";", "*", "~",
            "E+11",
            "tel:", ";phone-context=", ";isub=", ";ext=", "@", "a", "xn--", "é", "\u{301}", "ß", "א", "・", "٣", "３",
            "＋",
            "\u{A0}", "\u{200B}", "\u{202E}", "😀", "€", "[", "\"", "<", ">", "\n", "\0", ".com", "mailto:", "doб",
        ].map { Array($0.utf8) } + [[0xFF], [0xC2], [0xE2, 0x80], [0xA0], [0xF0, 0x9F]]

    /// A linear congruential generator: the same texts in every run.
    private static func texts(_ count: Int) -> [[UInt8]] {
        var state: UInt64 = 42
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        return (0..<count).map { index in
            (0..<next(index % 50 == 0 ? 200 : 12)).flatMap { _ in pieces[next(pieces.count)] }
        }
    }

    @Test func everyTextGetsAnAnswer() {
        let regions = ["GB", "SG", "AR", "BR", "US", "IT", "001"].map { Region($0) ?? .none } + [.none]
        var normalized: [UInt8] = []
        for (index, text) in Self.texts(20_000).enumerated() {
            for policy in [PhoneRepairPolicy.none, .certain] {
                let number = PhoneTable.check(text.span, defaultRegion: regions[index % 8], repair: policy).number
                if let number { #expect(number.e164.utf8.count <= 20 && number.region != .none) }
            }
            normalized.removeAll(keepingCapacity: true)
            if case .success(let form) = EmailAddress.check(text.span, into: &normalized) {
                #expect(form.count == normalized.count && form.count <= 254 && normalized[form.localCount] == 0x40)
                #expect(!normalized.contains { $0 < 0x21 || $0 == 0x7F })
            } else {
                #expect(normalized.isEmpty)
            }
            #expect(EmailAddress.trimmed(text.span).upperBound <= text.count)
            #expect(SegmentCount(of: text.span).segments >= 1)
            if case .success = PushToken.check(text.span) { #expect(text.allSatisfy { $0 < 0x80 }) }
        }
    }
}
