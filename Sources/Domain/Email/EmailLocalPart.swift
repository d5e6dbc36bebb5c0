private import Foundation

/// The part in front of the @ sign.
enum EmailLocalPart {
    /// RFC 2142: these mailboxes mean the same in any case.
    private static let caseless: [String] = [
        "info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster", "usenet",
        "news", "webmaster", "www", "uucp", "ftp",
    ]
    private static let longestCaseless = 10

    /// Judges the bytes in the range and appends their normalised form.
    static func append(
        _ input: borrowing Span<UInt8>, _ range: PartialRangeUpTo<Int>, to bytes: inout [UInt8],
        needsSMTPUTF8: inout Bool
    ) -> EmailFault? {
        let end = range.upperBound
        if end == 0 { return .localMissing }
        if end > EmailAddress.longestLocal { return .localTooLong }
        let start = bytes.count
        var hasUpperCase = false
        var wasDot = true
        for index in 0..<end {
            let byte = input[index]
            if byte >= 0x80 { return appendUnicode(input, end, to: &bytes, start, &needsSMTPUTF8) }
            if byte == 0x2E {
                if wasDot { return .localDots }
                wasDot = true
            } else {
                guard isAtext(byte) else { return fault(of: byte) }
                wasDot = false
                if byte >= 0x41, byte <= 0x5A { hasUpperCase = true }
            }
            bytes.append(byte)
        }
        if wasDot { return .localDots }
        if hasUpperCase, end <= longestCaseless { lowerCaseless(&bytes, from: start) }
        return nil
    }

    /// The same for text beyond ASCII: composed, and without characters that are invisible, unassigned, or
    /// would merge with the @ sign.
    private static func appendUnicode(
        _ input: borrowing Span<UInt8>, _ end: Int, to bytes: inout [UInt8], _ start: Int, _ needsSMTPUTF8: inout Bool
    ) -> EmailFault? {
        bytes.removeLast(bytes.count - start)
        guard let given = UnicodeText.decode(input, 0..<end) else { return .localCharacters }
        let composed = given.precomposedStringWithCanonicalMapping
        for text in [given, composed] {
            if let fault = fault(in: text) { return fault }
        }
        if composed.utf8.count > EmailAddress.longestLocal { return .localTooLong }
        bytes.append(contentsOf: composed.utf8)
        needsSMTPUTF8 = composed.utf8.contains { $0 >= 0x80 }
        if !needsSMTPUTF8 { lowerCaseless(&bytes, from: start) }
        return nil
    }

    private static func fault(in text: String) -> EmailFault? {
        var wasDot = true
        for scalar in text.unicodeScalars {
            if scalar == "." {
                if wasDot { return .localDots }
                wasDot = true
                continue
            }
            wasDot = false
            if scalar.isASCII, !isAtext(UInt8(scalar.value)) { return fault(of: UInt8(scalar.value)) }
        }
        if wasDot { return .localDots }
        return UnicodeText.isSafe(text) ? nil : .localCharacters
    }

    private static func lowerCaseless(_ bytes: inout [UInt8], from start: Int) {
        let isCaseless = caseless.contains { name in
            name.utf8.count == bytes.count - start
                && name.utf8.elementsEqual(bytes[start...]) { $0 == $1 | 0x20 }
        }
        guard isCaseless else { return }
        for index in start..<bytes.count { bytes[index] |= 0x20 }
    }

    private static func fault(of byte: UInt8) -> EmailFault {
        switch byte {
        case 0..<0x20, 0x7F: .controlCharacters
        case 0x22, 0x3C, 0x3E: .displayName
        default: .localCharacters
        }
    }

    /// Letters, digits and ``!#$%&'*+-/=?^_`{|}~``, one bit each.
    @inline(__always)
    private static func isAtext(_ byte: UInt8) -> Bool {
        let mask: UInt64 = byte < 64 ? 0xA3FF_ACFA_0000_0000 : 0x7FFF_FFFF_C7FF_FFFE
        return byte < 128 && mask >> UInt64(byte & 63) & 1 == 1
    }
}
