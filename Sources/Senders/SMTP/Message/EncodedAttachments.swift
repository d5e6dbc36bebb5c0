import Domain

/// The attachments of a batch as they stand in each of its messages: encoded once, not once a message.
struct EncodedAttachments: Sendable {
    /// Each with its headers, without the boundaries between them.
    let parts: [[UInt8]]

    init(_ attachments: [Attachment]) { parts = attachments.map(Self.encoded) }

    private static func encoded(_ attachment: Attachment) -> [UInt8] {
        var part = RawBytes(capacity: attachment.bytes.count / 57 * 78 + 512)
        part.append("Content-Type: ")
        part.append(text: isMediaType(attachment.type) ? attachment.type : "application/octet-stream")
        part.append("\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment")
        appendFileName(attachment.name, to: &part)
        part.append("\r\n\r\n")
        attachment.bytes.withUnsafeBufferPointer { part.appendBase64Lines($0) }
        return part.array
    }

    /// RFC 2231, in numbered pieces: every reader of mail knows them, and no name is too long for a line.
    private static func appendFileName(_ name: String, to part: inout RawBytes) {
        var bytes = Array(name.utf8)
        HeaderText.fold(&bytes, from: 0)
        // A name must not point into somebody's folders.
        for index in bytes.indices where bytes[index] == 0x2F || bytes[index] == 0x5C { bytes[index] = 0x5F }
        let isPlain = bytes.count <= 60 && bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 }
        if isPlain {
            part.append(";\r\n filename=\"")
            part.append(bytes)
            part.append(0x22)
            return
        }
        for (number, start) in stride(from: 0, to: bytes.count, by: 18).enumerated() {
            part.append(";\r\n filename*")
            part.append(decimal: Int64(number))
            part.append(number == 0 ? "*=utf-8''" : "*=")
            for byte in bytes[start..<min(start + 18, bytes.count)] {
                part.append(0x25)
                part.append(upperHexDigit(byte >> 4))
                part.append(upperHexDigit(byte & 15))
            }
        }
    }

    /// `type/subtype`, both tokens of RFC 2045; a multipart would have to be one.
    static func isMediaType(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 100, !text.lowercased().hasPrefix("multipart/"),
            !text.lowercased().hasPrefix("message/")
        else { return false }
        return parts.allSatisfy { part in
            !part.isEmpty
                && part.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x5F: true
                    default: false
                    }
                }
        }
    }
}
