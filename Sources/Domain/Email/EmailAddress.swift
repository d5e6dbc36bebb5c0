/// Checks and normalises email addresses by RFC 5321, RFC 6531 and IDNA 2008, as mail that leaves for the
/// whole world needs it: no quoted local parts, no address literals, no reserved domains. Lengths are those
/// that servers count, in bytes.
///
/// An address of plain ASCII is judged and written in one pass without an allocation; one in another script,
/// or with an `xn--` label, takes the way through libidn2.
package enum EmailAddress {
    /// RFC 5321, 4.5.3.1.
    static let longestLocal = 64
    static let longest = 254

    /// Judges exactly these bytes and appends the normalised form: the local part as it is (in Unicode's
    /// composed form), the domain in lower case and in its own script. Two addresses are the same mailbox if
    /// these bytes are the same. After a fault, `normalized` is as it was.
    package static func check(
        _ input: borrowing Span<UInt8>, into normalized: inout [UInt8]
    ) -> Result<EmailForm, EmailFault> {
        let start = normalized.count
        let result = judge(input, into: &normalized)
        if case .failure = result { normalized.removeLast(normalized.count - start) }
        return result
    }

    /// Appends a checked address as providers want it: the domain in its ASCII form.
    package static func appendForSending(_ normalized: borrowing Span<UInt8>, to bytes: inout [UInt8]) {
        var at = normalized.count - 1
        var isASCII = true
        while at >= 0, normalized[at] != 0x40 {
            isASCII = isASCII && normalized[at] < 0x80
            at -= 1
        }
        guard !isASCII, at >= 0 else {
            normalized.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
            return
        }
        for index in 0...at { bytes.append(normalized[index]) }
        let domain = text(normalized, at + 1..<normalized.count)
        bytes.append(contentsOf: InternationalDomain.ascii(ofChecked: domain).utf8)
    }

    private static func judge(
        _ input: borrowing Span<UInt8>, into normalized: inout [UInt8]
    ) -> Result<EmailForm, EmailFault> {
        guard let at = firstAt(input) else { return .failure(withoutAt(input)) }
        if input.count > longest { return .failure(at > longestLocal ? .localTooLong : .tooLong) }
        var needsSMTPUTF8 = false
        let start = normalized.count
        if let fault = EmailLocalPart.append(input, ..<at, to: &normalized, needsSMTPUTF8: &needsSMTPUTF8) {
            return .failure(fault)
        }
        let localCount = normalized.count - start
        normalized.append(0x40)
        switch EmailDomain.append(input, (at + 1)..., to: &normalized) {
        case .failure(let fault):
            return .failure(fault)
        case .success(let asciiCount):
            let domainCount = normalized.count - start - localCount - 1
            if localCount + 1 + max(asciiCount ?? 0, domainCount) > longest { return .failure(.tooLong) }
            return .success(
                EmailForm(
                    localCount: localCount, count: normalized.count - start, needsSMTPUTF8: needsSMTPUTF8,
                    hasUnicodeDomain: asciiCount != nil))
        }
    }

    private static func firstAt(_ input: borrowing Span<UInt8>) -> Int? {
        for index in input.indices where input[index] == 0x40 { return index }
        return nil
    }

    private static func withoutAt(_ input: borrowing Span<UInt8>) -> EmailFault {
        var isBlank = true
        for index in input.indices {
            if input[index] < 0x20, input[index] != 0x09 { return .controlCharacters }
            if input[index] > 0x20 { isBlank = false }
        }
        return isBlank ? .missing : .noAt
    }

    static func text(_ input: borrowing Span<UInt8>, _ range: Range<Int>) -> String {
        String(unsafeUninitializedCapacity: range.count) { buffer in
            for (place, index) in range.enumerated() { buffer[place] = input[index] }
            return range.count
        }
    }
}
