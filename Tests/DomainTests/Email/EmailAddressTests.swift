import Testing

@testable import Domain

@Suite struct EmailAddressTests {
    private func check(_ text: String) -> (Result<EmailForm, EmailFault>, String) {
        let bytes = Array(text.utf8)
        var normalized = Array("kept".utf8)
        let result = EmailAddress.check(bytes.span, into: &normalized)
        return (result, String(decoding: normalized.dropFirst(4), as: UTF8.self))
    }

    @Test(arguments: [
        ("User.Name+tag@Example.COM", "User.Name+tag@example.com"),
        ("POSTMASTER@example.com", "postmaster@example.com"),
        ("o'brien@xn--mnchen-3ya.de", "o'brien@münchen.de"),
        ("jose\u{301}@MÜNCHEN.de", "jos\u{e9}@münchen.de"),
        ("a@例え。jp", "a@例え.jp"),
    ])
    func normalises(text: String, expected: String) {
        let (result, normalized) = check(text)
        #expect(normalized == expected)
        #expect((try? result.get())?.count == expected.utf8.count)
    }

    static let refused: [(String, EmailFault)] = [
        ("", .missing), ("  ", .missing), ("nobody", .noAt), ("@example.com", .localMissing), ("a@", .domainMissing),
        ("a b@example.com", .localCharacters), ("a..b@example.com", .localDots), ("a.@example.com", .localDots),
        (String(repeating: "a", count: 65) + "@example.com", .localTooLong),
        (String(repeating: "é", count: 33) + "@example.com", .localTooLong),
        ("a@b@example.com", .domainCharacters), ("a@exa_mple.com", .domainCharacters),
        ("a@-example.com", .domainLabels), ("a@example..com", .domainLabels), ("a@ab--c.com", .domainLabels),
        ("a@" + String(repeating: "b", count: 64) + ".com", .domainLabels),
        ("a@localhost", .domainIncomplete), ("a@10.0.0.1", .domainIncomplete), ("a@mail.test", .domainReserved),
        ("a@xn--a.com", .domainNotIDNA), ("a@💩.la", .domainNotIDNA), ("a@1.אב.com", .domainNotIDNA),
        ("Ann <a@example.com>", .localCharacters), ("<a@example.com>", .displayName),
        ("a@example.com\r\nBcc: b@example.com", .controlCharacters), ("a\0@example.com", .controlCharacters),
        ("a\n@example.com", .controlCharacters), ("a@example.com\u{200B}", .domainCharacters),
        ("a@" + String(repeating: "abcdefg.", count: 32) + "com", .tooLong),
    ]

    @Test(arguments: refused.indices) func refusesAndLeavesTheBufferAlone(index: Int) {
        let (text, fault) = Self.refused[index]
        let (result, normalized) = check(text)
        #expect(result == .failure(fault), "\(text)")
        #expect(normalized.isEmpty)
    }

    @Test func refusesBytesThatAreNoText() {
        let bytes: [UInt8] = [0x61, 0xFF, 0x40, 0x62, 0x2E, 0x63]
        var normalized: [UInt8] = []
        #expect(EmailAddress.check(bytes.span, into: &normalized) == .failure(.localCharacters))
    }

    @Test(arguments: [
        ("a@münchen.de", "a@xn--mnchen-3ya.de"), ("ü@example.com", "ü@example.com"), ("a@b.com", "a@b.com"),
    ])
    func writesTheFormThatServersLookUp(text: String, expected: String) throws {
        let (_, normalized) = check(text)
        let bytes = Array(normalized.utf8)
        var sent: [UInt8] = []
        EmailAddress.appendForSending(bytes.span, to: &sent)
        #expect(String(decoding: sent, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        "a@b.com", "  a@b.com\t", "\u{A0}a@b.com\u{200B}", "\u{FEFF}a@b.com", "mailto:a@b.com",
        "MAILTO:a@b.com?subject=x",
        "Ann Other <a@b.com>", "\"Other, Ann\" <a@b.com> ", "<mailto:a@b.com>", "\u{202A}a@b.com\u{202C}",
    ])
    func trimsWhatPeoplePutAroundIt(text: String) {
        let bytes = Array(text.utf8)
        let range = EmailAddress.trimmed(bytes.span)
        #expect(String(decoding: bytes[range], as: UTF8.self) == "a@b.com")
    }

    @Test(arguments: ["", " ", "<", ">", "<>", "é", "mailto:", "a?b@c.com", "\u{200B}"])
    func trimmingNeverFails(text: String) {
        let bytes = Array(text.utf8)
        #expect(EmailAddress.trimmed(bytes.span).count <= bytes.count)
    }

    @Test func everyFaultHasItsOwnCode() {
        #expect(Set(EmailFault.allCases.map(\.code)).count == EmailFault.allCases.count)
    }
}
