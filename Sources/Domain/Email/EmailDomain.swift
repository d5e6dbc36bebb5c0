/// The part behind the @ sign.
enum EmailDomain {
    /// Domains that exist on no public server. `example.com` and its kind are real, though nobody lives there.
    private static let reserved: [StaticString] = ["arpa", "invalid", "local", "localhost", "onion", "test"]
    static let longest = 253
    static let longestLabel = 63

    /// Judges the bytes in the range and appends them in lower case and in their own script. Returns the length
    /// of the ASCII form if that is another one.
    static func append(
        _ input: borrowing Span<UInt8>, _ range: PartialRangeFrom<Int>, to bytes: inout [UInt8]
    ) -> Result<Int?, EmailFault> {
        let range = range.lowerBound..<input.count
        if range.isEmpty { return .failure(.domainMissing) }
        let start = bytes.count
        for index in range {
            let byte = input[index]
            if byte >= 0x80 { return appendUnicode(input, range, to: &bytes, start) }
            guard let lower = lowerCase(byte) else { return .failure(fault(of: byte)) }
            bytes.append(lower)
        }
        switch shape(bytes.span, start..<bytes.count) {
        case .failure(let fault): return .failure(fault)
        case .success(let hasALabel):
            return hasALabel ? appendUnicode(input, range, to: &bytes, start) : .success(nil)
        }
    }

    /// Checks a lower-case ASCII domain. True if it has an `xn--` label, whose content is not checked here.
    private static func shape(_ domain: borrowing Span<UInt8>, _ range: Range<Int>) -> Result<Bool, EmailFault> {
        if range.count > longest { return .failure(.domainTooLong) }
        var hasALabel = false
        var labels = 0
        var labelStart = range.lowerBound
        for index in range.lowerBound...range.upperBound {
            guard index == range.upperBound || domain[index] == 0x2E else { continue }
            let count = index - labelStart
            guard count >= 1, count <= longestLabel, domain[labelStart] != 0x2D, domain[index - 1] != 0x2D else {
                return .failure(.domainLabels)
            }
            // Two hyphens in the third and fourth place announce an encoding; there is only one.
            if count >= 4, domain[labelStart + 2] == 0x2D, domain[labelStart + 3] == 0x2D {
                guard domain[labelStart] == 0x78, domain[labelStart + 1] == 0x6E else { return .failure(.domainLabels) }
                hasALabel = true
            }
            labels += 1
            labelStart = index + 1
        }
        let last = domain[range.upperBound - 1]
        if labels == 1 || last < 0x61 || last > 0x7A { return .failure(.domainIncomplete) }
        return isReserved(domain, range) ? .failure(.domainReserved) : .success(hasALabel)
    }

    private static func isReserved(_ domain: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
        for name in reserved {
            let count = name.utf8CodeUnitCount
            let start = range.upperBound - count
            // A name of one label alone was refused already, so a full stop must stand before it.
            guard start > range.lowerBound, domain[start - 1] == 0x2E else { continue }
            let isSame = name.withUTF8Buffer { buffer in
                buffer.indices.allSatisfy { buffer[$0] == domain[start + $0] }
            }
            if isSame { return true }
        }
        return false
    }

    private static func appendUnicode(
        _ input: borrowing Span<UInt8>, _ range: Range<Int>, to bytes: inout [UInt8], _ start: Int
    ) -> Result<Int?, EmailFault> {
        bytes.removeLast(bytes.count - start)
        for index in range where input[index] < 0x80 {
            guard lowerCase(input[index]) != nil else { return .failure(fault(of: input[index])) }
        }
        guard let given = UnicodeText.decode(input, range), UnicodeText.isSafe(given) else {
            return .failure(.domainCharacters)
        }
        guard given.unicodeScalars.count <= longest else { return .failure(.domainTooLong) }
        guard let domain = InternationalDomain(given) else { return .failure(.domainNotIDNA) }
        let ascii = Array(domain.ascii.utf8)
        for byte in ascii where lowerCase(byte) == nil { return .failure(.domainCharacters) }
        if case .failure(let fault) = shape(ascii.span, 0..<ascii.count) { return .failure(fault) }
        bytes.append(contentsOf: domain.unicode.utf8)
        return .success(domain.unicode == domain.ascii ? nil : ascii.count)
    }

    private static func fault(of byte: UInt8) -> EmailFault {
        byte < 0x20 || byte == 0x7F ? .controlCharacters : byte == 0x3E ? .displayName : .domainCharacters
    }

    /// Nil for what no host name has.
    @inline(__always)
    private static func lowerCase(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E: byte
        case 0x41...0x5A: byte | 0x20
        default: nil
        }
    }
}
