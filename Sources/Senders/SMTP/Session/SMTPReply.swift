/// One reply of a server: its code, its enhanced status code where it has one, and its text.
struct SMTPReply: Sendable, Hashable {
    /// RFC 3463: `5.1.1`.
    struct Enhanced: Sendable, Hashable {
        let kind: Int
        let subject: Int
        let detail: Int
    }

    let code: Int
    let enhanced: Enhanced?
    /// The lines' texts without code and line ends, joined by line feeds.
    let text: [UInt8]

    var isPositive: Bool { code >= 200 && code < 300 }
    var isTransient: Bool { code >= 400 && code < 500 }

    init(code: Int, text: [UInt8]) {
        self.code = code
        self.text = text
        enhanced = Self.enhanced(text, code: code)
    }

    /// `550 5.1.1`, for a reason.
    var codes: String {
        guard let enhanced else { return String(code) }
        return "\(code) \(enhanced.kind).\(enhanced.subject).\(enhanced.detail)"
    }

    var lines: [ArraySlice<UInt8>] { text.split(separator: 0x0A, omittingEmptySubsequences: false) }

    /// Whether a word begins so, in either case. The beginning is given in lower case.
    func mentions(_ word: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard text.count >= wanted.count else { return false }
        return (0...(text.count - wanted.count)).contains { start in
            if start > 0, Self.isLetter(text[start - 1]) { return false }
            return wanted.indices.allSatisfy { index in
                let byte = text[start + index]
                return (byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte) == wanted[index]
            }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A }

    /// Must agree with the code's first digit, or it is something else that looks like one.
    private static func enhanced(_ text: [UInt8], code: Int) -> Enhanced? {
        var numbers: [Int] = []
        var number: Int?
        for byte in text {
            if byte >= 0x30, byte <= 0x39 {
                number = (number ?? 0) * 10 + Int(byte - 0x30)
                if (number ?? 0) > 999 { return nil }
                continue
            }
            guard let part = number else { return nil }
            numbers.append(part)
            number = nil
            if numbers.count == 3 {
                guard byte == 0x20 || byte == 0x0A else { return nil }
                break
            }
            guard byte == 0x2E else { return nil }
        }
        if let number { numbers.append(number) }
        guard numbers.count == 3, numbers[0] == code / 100 else { return nil }
        return Enhanced(kind: numbers[0], subject: numbers[1], detail: numbers[2])
    }
}
