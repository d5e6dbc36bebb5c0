import Crypto
import Domain

/// A batch's attachment as the vendors' APIs want it: a name that is only a name, a media type, base64.
struct MailFile: Sendable {
    let name: [UInt8]
    let type: String
    let base64: [UInt8]

    static func all(of batch: MessageBatch) -> [MailFile] {
        batch.attachments.map { MailFile($0, base64: Base64.encode($0.bytes)) }
    }

    /// Bytes that a batch's attachments take in a request.
    static func size(of batch: MessageBatch) -> Int {
        batch.attachments.reduce(0) { $0 + $1.bytes.count / 3 * 4 + 256 }
    }

    init(_ attachment: Attachment, base64: [UInt8]) {
        name = Self.name(attachment)
        type = Self.type(attachment)
        self.base64 = base64
    }

    static func name(_ attachment: Attachment) -> [UInt8] {
        var name = Array(attachment.name.utf8)
        HeaderText.fold(&name, from: 0)
        // A name must not point into somebody's folders.
        return name.map { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") ? UInt8(ascii: "_") : $0 }
    }

    static func type(_ attachment: Attachment) -> String {
        EncodedAttachments.isMediaType(attachment.type) ? attachment.type : "application/octet-stream"
    }
}

extension RawBytes {
    /// A list member of a JSON object, a comma before it; nothing where there are no files. The names are the vendor's.
    mutating func append(
        files: [MailFile], as list: String, content: String, name: String, type: String?, more: String = ""
    ) {
        guard !files.isEmpty else { return }
        append(",\"\(list)\":[")
        for (index, file) in files.enumerated() {
            append(index == 0 ? "{\"\(content)\":\"" : ",{\"\(content)\":\"")
            append(file.base64)
            append("\",\"\(name)\":")
            append(json: file.name)
            if let type { append(",\"\(type)\":\"\(file.type)\"") }
            append(more)
            append("}")
        }
        append("]")
    }
}
