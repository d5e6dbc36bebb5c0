/// What mail is put together from.
extension RawBytes {
    mutating func append(_ text: StaticString) {
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    mutating func append(_ bytes: borrowing RawBytes) { append(bytes.buffer) }

    /// The bytes, as long as nothing is appended.
    var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base, count: count) }

    /// The bytes of a stretch, as long as nothing is appended.
    func buffer(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    var array: [UInt8] { Array(buffer) }

    mutating func appendLineEnd() {
        append(0x0D)
        append(0x0A)
    }

    /// Base64 in lines of 76 characters, each with its end (RFC 2045, 6.8).
    mutating func appendBase64Lines(_ bytes: UnsafeBufferPointer<UInt8>) {
        reserve((bytes.count / 57 + 1) * 78)
        var start = 0
        while start < bytes.count {
            let end = min(start + 57, bytes.count)
            appendBase64(UnsafeBufferPointer(rebasing: bytes[start..<end]))
            appendLineEnd()
            start = end
        }
    }

    /// Base64 on one line, padded.
    mutating func appendBase64(_ bytes: UnsafeBufferPointer<UInt8>) {
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        let letters = alphabet.utf8Start
        var index = 0
        while index + 2 < bytes.count {
            let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
            append(letters[Int(group >> 18)])
            append(letters[Int(group >> 12 & 63)])
            append(letters[Int(group >> 6 & 63)])
            append(letters[Int(group & 63)])
            index += 3
        }
        let rest = bytes.count - index
        guard rest > 0 else { return }
        let group = UInt32(bytes[index]) << 16 | (rest == 2 ? UInt32(bytes[index + 1]) << 8 : 0)
        append(letters[Int(group >> 18)])
        append(letters[Int(group >> 12 & 63)])
        append(rest == 2 ? letters[Int(group >> 6 & 63)] : 0x3D)
        append(0x3D)
    }
}
