import Crypto
import Domain

/// Writes one message after the other, as SMTP wants it: header, signatures and body, lines ended by CRLF, dots at
/// line starts doubled, the final dot at the end. The buffers are used again and again.
///
/// One composer belongs to one connection, so that a message is ready when the server asks for it.
struct MailComposer: ~Copyable {
    /// What is to be sent, ready for the wire.
    private(set) var wire = RawBytes(capacity: 8192)
    /// The message's length without doubled dots, as SIZE counts it.
    private(set) var size = 0
    private(set) var isEightBit = false

    private var header = RawBytes(capacity: 1024)
    private var body = RawBytes(capacity: 8192)
    private var text = MailText()
    private var rich = MailText()
    private var subject: [UInt8] = []
    private var signature = DKIMSignature()

    /// A buffer that grew beyond this for one message does not stay that long for the rest.
    private static let kept = 1 << 20

    /// Composes the message at `index`.
    mutating func compose(_ source: borrowing MailSource, _ index: Int, allowsEightBits: Bool, now: Timestamp)
        throws(CryptoError)
    {
        shrink()
        let message = source.batch.messages[index]
        header.clear()
        body.clear()
        isEightBit = false
        appendHeader(source, message, now: now)
        source.batch.bytes.withUnsafeBufferPointer { bytes in
            text.fill(UnsafeBufferPointer(rebasing: bytes[message.text.range]))
            rich.fill(UnsafeBufferPointer(rebasing: bytes[message.rich.range]))
        }
        appendContent(source, allowsEightBits: allowsEightBits && source.keys.isEmpty)
        wire.clear()
        if !source.keys.isEmpty {
            try signature.append(
                to: &wire, header: header.buffer, body: body.buffer, keys: source.keys,
                seconds: now.micros.floorDivided(by: 1_000_000))
        }
        wire.append(header)
        wire.appendLineEnd()
        size = wire.count + body.count
        wire.appendStuffed(body.buffer)
        wire.append(".\r\n")
    }

    // MARK: Header

    private mutating func appendHeader(
        _ source: borrowing MailSource, _ message: MessageBatch.Message, now: Timestamp
    ) {
        header.append(source.senderFields)
        header.append("To: ")
        let bytes = source.batch.bytes
        header.append(Array(bytes[message.to.range]))
        header.appendLineEnd()
        appendSubject(bytes[message.subject.range])
        header.append("Date: ")
        header.append(mailDate: now)
        header.append("\r\nMessage-ID: <")
        if let mark = source.mark {
            mark.append(message.id, to: &header)
        } else {
            header.append(decimal: message.id.rawValue)
        }
        header.append(source.messageIDEnd)
        if let mark = source.mark {
            header.append(MailMark.field)
            header.append(": ")
            mark.append(message.id, to: &header)
            header.appendLineEnd()
        }
        if let unsubscribe = source.unsubscribe {
            header.append("List-Unsubscribe: <")
            unsubscribe.append(message.id, to: &header)
            header.append(">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
        }
        header.append("MIME-Version: 1.0\r\n")
    }

    private mutating func appendSubject(_ bytes: ArraySlice<UInt8>) {
        subject.removeAll(keepingCapacity: true)
        subject.append(contentsOf: bytes)
        HeaderText.fold(&subject, from: 0)
        while subject.last == 0x20 { subject.removeLast() }
        let start = subject.firstIndex { $0 != 0x20 } ?? subject.count
        guard start < subject.count else { return }
        header.append("Subject: ")
        subject.withUnsafeBufferPointer {
            header.appendHeaderText(UnsafeBufferPointer(rebasing: $0[start...]), column: 9)
        }
        header.appendLineEnd()
    }

    // MARK: Body

    private mutating func appendContent(_ source: borrowing MailSource, allowsEightBits: Bool) {
        let hasBoth = text.bytes.count > 0 && rich.bytes.count > 0
        guard source.attachments.parts.isEmpty else {
            let boundary = Boundary()
            header.append("Content-Type: multipart/mixed; boundary=\"")
            boundary.append(to: &header)
            header.append("\"\r\n")
            boundary.appendLine(to: &body)
            if hasBoth {
                appendAlternatives(isTop: false, allowsEightBits)
            } else {
                appendSingle(isTop: false, allowsEightBits)
            }
            for part in source.attachments.parts {
                boundary.appendLine(to: &body)
                body.append(part)
            }
            boundary.appendEnd(to: &body)
            return
        }
        if hasBoth {
            appendAlternatives(isTop: true, allowsEightBits)
        } else {
            appendSingle(isTop: true, allowsEightBits)
        }
    }

    /// The plain text first: readers take the last part that they can show.
    private mutating func appendAlternatives(isTop: Bool, _ allowsEightBits: Bool) {
        let boundary = Boundary()
        if isTop {
            header.append("Content-Type: multipart/alternative; boundary=\"")
            boundary.append(to: &header)
            header.append("\"\r\n")
        } else {
            body.append("Content-Type: multipart/alternative; boundary=\"")
            boundary.append(to: &body)
            body.append("\"\r\n\r\n")
        }
        boundary.appendLine(to: &body)
        let textEncoding = text.encoding(allowsEightBits: allowsEightBits)
        Self.appendPartFields("text/plain", textEncoding, to: &body)
        body.appendLineEnd()
        body.append(text.bytes.buffer, as: textEncoding)
        boundary.appendLine(to: &body)
        let richEncoding = rich.encoding(allowsEightBits: allowsEightBits)
        Self.appendPartFields("text/html", richEncoding, to: &body)
        body.appendLineEnd()
        body.append(rich.bytes.buffer, as: richEncoding)
        boundary.appendEnd(to: &body)
        if textEncoding == .eightBits { isEightBit = true }
        if richEncoding == .eightBits { isEightBit = true }
    }

    private mutating func appendSingle(isTop: Bool, _ allowsEightBits: Bool) {
        let isRich = rich.bytes.count > 0
        let type: StaticString = isRich ? "text/html" : "text/plain"
        let encoding =
            isRich
            ? rich.encoding(allowsEightBits: allowsEightBits) : text.encoding(allowsEightBits: allowsEightBits)
        if isTop {
            Self.appendPartFields(type, encoding, to: &header)
        } else {
            Self.appendPartFields(type, encoding, to: &body)
            body.appendLineEnd()
        }
        body.append(isRich ? rich.bytes.buffer : text.bytes.buffer, as: encoding)
        if encoding == .eightBits { isEightBit = true }
    }

    private static func appendPartFields(
        _ type: StaticString, _ encoding: TransferEncoding, to output: inout RawBytes
    ) {
        output.append("Content-Type: ")
        output.append(type)
        output.append("; charset=utf-8\r\nContent-Transfer-Encoding: ")
        output.append(encoding.word)
        output.appendLineEnd()
    }

    private mutating func shrink() {
        guard wire.count > Self.kept else { return }
        wire = RawBytes(capacity: 8192)
        body = RawBytes(capacity: 8192)
        text = MailText()
        rich = MailText()
        signature = DKIMSignature()
    }
}

extension RawBytes {
    /// A dot at the start of a line is doubled (RFC 5321, 4.5.2), so that only the final one ends the message.
    fileprivate mutating func appendStuffed(_ body: UnsafeBufferPointer<UInt8>) {
        reserve(body.count + body.count / 64 + 16)
        var start = 0
        var isLineStart = true
        for at in 0..<body.count {
            if isLineStart, body[at] == 0x2E {
                append(UnsafeBufferPointer(rebasing: body[start...at]))
                start = at
            }
            isLineStart = body[at] == 0x0A
        }
        append(UnsafeBufferPointer(rebasing: body[start...]))
    }
}
