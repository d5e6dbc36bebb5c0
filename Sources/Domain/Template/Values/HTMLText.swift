/// Escaping for HTML.
enum HTMLText {
    /// The escape of automatic escaping, numeric for both quotes.
    @inline(__always)
    static func entity(_ byte: UInt8) -> StaticString? {
        switch byte {
        case 0x26: "&amp;"
        case 0x3C: "&lt;"
        case 0x3E: "&gt;"
        case 0x22: "&#34;"
        case 0x27: "&#39;"
        default: nil
        }
    }

    @inline(__always)
    static func append(_ byte: UInt8, to output: inout [UInt8]) {
        if let entity = entity(byte) {
            output.append(contentsOf: UnsafeBufferPointer(start: entity.utf8Start, count: entity.utf8CodeUnitCount))
        } else {
            output.append(byte)
        }
    }

    @inline(__always)
    static func append(_ part: UnsafeBufferPointer<UInt8>, escaped: Bool, to output: inout [UInt8]) {
        guard escaped else { return output.append(contentsOf: part) }
        for byte in part { append(byte, to: &output) }
    }

    static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { entity($0) != nil }) else { return text }
        return replaced(text, by: entity)
    }

    /// The escape of the `escape` filter outside of HTML mode.
    static func escapeNamed(_ text: String) -> String {
        replaced(text) { byte in
            switch byte {
            case 0x26: "&amp;"
            case 0x3C: "&lt;"
            case 0x3E: "&gt;"
            case 0x22: "&quot;"
            case 0x27: "&#x27;"
            default: nil
            }
        }
    }

    private static func replaced(_ text: String, by entity: (UInt8) -> StaticString?) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            if let entity = entity(byte) {
                bytes.append(contentsOf: UnsafeBufferPointer(start: entity.utf8Start, count: entity.utf8CodeUnitCount))
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
