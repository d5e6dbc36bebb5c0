import Crypto

/// The fields of a request to Mailgun: a form as a browser sends one, in parts where files go with it.
struct MailgunForm {
    private var fields: [(name: StaticString, value: [UInt8])] = []

    mutating func append(_ name: StaticString, _ value: [UInt8]) { fields.append((name, value)) }
    mutating func append(_ name: StaticString, _ value: String) { append(name, Array(value.utf8)) }

    func write(_ request: inout HTTPRequest, files: [Attachment]) {
        guard !files.isEmpty else {
            request.header("Content-Type", Array("application/x-www-form-urlencoded".utf8))
            for field in fields { request.body.append(form: field.name, field.value) }
            return
        }
        let boundary = boundary(files)
        request.header("Content-Type", Array("multipart/form-data; boundary=".utf8) + boundary)
        let start = Array("--".utf8) + boundary + Array("\r\nContent-Disposition: form-data; name=\"".utf8)
        for field in fields {
            request.body.append(start)
            request.body.append("\(field.name)\"\r\n\r\n")
            request.body.append(field.value)
            request.body.append("\r\n")
        }
        for file in files {
            request.body.append(start)
            request.body.append("attachment\"; filename=\"")
            // As browsers do: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html
            for byte in MailFile.name(file) {
                if byte == UInt8(ascii: "\"") { request.body.append("%22") } else { request.body.append(byte) }
            }
            request.body.append("\"\r\nContent-Type: \(MailFile.type(file))\r\n\r\n")
            request.body.append(file.bytes)
            request.body.append("\r\n")
        }
        request.body.append("--")
        request.body.append(boundary)
        request.body.append("--\r\n")
    }

    /// A hash of all that stands between: nobody can write a text that holds its own.
    private func boundary(_ files: [Attachment]) -> [UInt8] {
        var all = fields.flatMap { $0.value }
        for file in files { all += Digest.sha256(file.bytes) }
        return Array("herald-".utf8) + Hex.encode(Digest.sha256(all)).prefix(48)
    }
}
