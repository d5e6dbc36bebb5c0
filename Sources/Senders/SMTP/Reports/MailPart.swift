import Crypto

/// A mail, or a part of one (RFC 2045, RFC 2046), as far as reports need it. Never looks deeper or at more parts than any
/// report has; a part whose end is missing ends with the mail.
struct MailPart: Sendable {
    let fields: MailFields
    /// In lower case, without parameters: `message/delivery-status`.
    let type: String
    private let body: ArraySlice<UInt8>
    private let boundary: [UInt8]

    private static let deepest = 5
    private static let most = 32

    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        fields = MailFields(&rest)
        body = rest
        let content = fields["content-type"]
        type = content.prefix { $0 != ";" }.trimmingBlanks().lowercased()
        boundary = Array(Self.parameter("boundary", of: content).utf8)
    }

    /// What a boundary of its own divides no further, in order.
    func leaves(depth: Int = 0) -> [MailPart] {
        guard type.hasPrefix("multipart/"), !boundary.isEmpty, depth < Self.deepest else { return [self] }
        var leaves: [MailPart] = []
        for part in pieces() where leaves.count < Self.most {
            leaves += MailPart(part).leaves(depth: depth + 1).prefix(Self.most - leaves.count)
        }
        return leaves
    }

    /// The body as it was before it was encoded for the way.
    var content: [UInt8] {
        switch fields["content-transfer-encoding"].lowercased() {
        case "base64":
            // Whole groups alone: the mail may have been cut.
            let letters = body.filter { $0 > 0x20 }
            return Base64.decode(Array(letters.prefix(letters.count / 4 * 4))) ?? []
        case "quoted-printable": return Self.unquoted(body)
        default: return Array(body)
        }
    }

    private func pieces() -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start: Int?
        var rest = body
        let marker = [0x2D, 0x2D] + boundary
        while !rest.isEmpty, pieces.count < Self.most {
            let lineStart = rest.startIndex
            let line = MailFields.line(&rest)
            guard line.starts(with: marker) else { continue }
            let end = line.dropFirst(marker.count)
            let isLast = end.starts(with: [0x2D, 0x2D])
            guard isLast || end.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { continue }
            if let start { pieces.append(body[start..<lineStart]) }
            start = isLast ? nil : rest.startIndex
            if isLast { return pieces }
        }
        if let start, start < body.endIndex, pieces.count < Self.most { pieces.append(body[start...]) }
        return pieces
    }

    private static func parameter(_ name: String, of value: String) -> String {
        for part in value.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingBlanks().lowercased() == name else { continue }
            let text = pair[1].trimmingBlanks()
            return text.hasPrefix("\"") ? String(text.dropFirst().prefix { $0 != "\"" }) : String(text)
        }
        return ""
    }

    private static func unquoted(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        var rest = bytes
        while !rest.isEmpty {
            var line = MailFields.line(&rest)
            while let last = line.last, last == 0x20 || last == 0x09 { line.removeLast() }
            let isSoft = line.last == 0x3D
            if isSoft { line.removeLast() }
            while let byte = line.popFirst() {
                if byte == 0x3D, line.count >= 2, let code = Hex.decode(Array(line.prefix(2))), let decoded = code.first
                {
                    out.append(decoded)
                    line = line.dropFirst(2)
                } else {
                    out.append(byte)
                }
            }
            if !isSoft { out.append(0x0A) }
        }
        return out
    }
}

extension StringProtocol {
    fileprivate func trimmingBlanks() -> String {
        var text = Substring(self)
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
