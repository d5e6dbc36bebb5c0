/// How a value is made safe for the place it is put into.
enum ByteEscaping: Sendable, Hashable {
    /// Inside a JSON string.
    case json
    /// Inside a form or a URL: everything but RFC 3986's unreserved characters becomes `%XX`.
    case percent
    /// As it is: only for values that are digits and letters by nature.
    case none
}

extension RawBytes {
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, escaping: ByteEscaping) {
        switch escaping {
        case .none: append(bytes)
        case .json: appendJSON(bytes)
        case .percent: appendPercent(bytes)
        }
    }

    /// Copies whole stretches between the few bytes that need an escape.
    private mutating func appendJSON(_ bytes: UnsafeBufferPointer<UInt8>) {
        var plain = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F else { continue }
            append(UnsafeBufferPointer(rebasing: bytes[plain..<index]))
            plain = index + 1
            append(0x5C)
            switch byte {
            case 0x22, 0x5C: append(byte)
            case 0x0A: append(0x6E)
            case 0x0D: append(0x72)
            case 0x09: append(0x74)
            default:
                append(0x75)
                append(0x30)
                append(0x30)
                append(hexDigit(byte >> 4))
                append(hexDigit(byte & 0xF))
            }
        }
        append(UnsafeBufferPointer(rebasing: bytes[plain...]))
    }

    private mutating func appendPercent(_ bytes: UnsafeBufferPointer<UInt8>) {
        reserve(bytes.count * 3)
        for byte in bytes {
            let isLetter = byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A
            let isDigit = byte >= 0x30 && byte <= 0x39
            if isLetter || isDigit || byte == 0x2D || byte == 0x2E || byte == 0x5F || byte == 0x7E {
                append(byte)
            } else {
                append(0x25)
                append(hexDigit(byte >> 4))
                append(hexDigit(byte & 0xF))
            }
        }
    }
}

private func hexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? 0x30 + nibble : 0x41 + nibble - 10
}
