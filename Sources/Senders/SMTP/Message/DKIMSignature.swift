import Crypto

/// Makes the `DKIM-Signature` fields of one message after the other, both canonicalisations relaxed.
///
/// Every field of the message is signed, and From once more than it occurs, so that nobody can add a second one
/// in front of a valid signature. The unsubscribe fields are among the signed ones, as RFC 8058 asks.
struct DKIMSignature: ~Copyable {
    private var canonical = RawBytes(capacity: 4096)
    private var names = RawBytes(capacity: 256)
    private var signature = RawBytes(capacity: 1024)

    /// Appends a signature of each key to `output`. `header` are whole fields, each with its line end.
    mutating func append(
        to output: inout RawBytes, header: UnsafeBufferPointer<UInt8>, body: UnsafeBufferPointer<UInt8>,
        keys: [DKIMKey], seconds: Int64
    ) throws(CryptoError) {
        canonical.clear()
        canonical.appendRelaxedBody(body)
        let bodyHash = canonical.withSpan { Digest.sha256($0) }
        canonical.clear()
        names.clear()
        appendFields(header)
        let fields = canonical.count
        for key in keys {
            signature.clear()
            fill(key, bodyHash: bodyHash, seconds: seconds)
            canonical.cut(to: fields)
            canonical.appendRelaxedField(signature.buffer, endsLine: false)
            let value = try key.sign(canonical.array)
            output.append(signature)
            appendValue(value, to: &output)
        }
    }

    /// The field up to and with `b=`; what follows is the signature itself.
    private mutating func fill(_ key: DKIMKey, bodyHash: [UInt8], seconds: Int64) {
        signature.append("DKIM-Signature: v=1; a=")
        signature.append(key.algorithm)
        signature.append("; c=relaxed/relaxed;\r\n d=")
        signature.append(text: key.domain)
        signature.append("; s=")
        signature.append(text: key.selector)
        signature.append("; t=")
        signature.append(decimal: seconds)
        signature.append(";\r\n h=")
        signature.append(names)
        signature.append("From;\r\n bh=")
        bodyHash.withUnsafeBufferPointer { signature.appendBase64($0) }
        signature.append(";\r\n b=")
    }

    private func appendValue(_ value: [UInt8], to output: inout RawBytes) {
        value.withUnsafeBufferPointer { value in
            var start = 0
            while start < value.count {
                let end = min(start + 51, value.count)
                if start > 0 { output.append("\r\n ") }
                output.appendBase64(UnsafeBufferPointer(rebasing: value[start..<end]))
                start = end
            }
        }
        output.appendLineEnd()
    }

    /// Each field in its canonical form, and its name for the `h=` tag.
    private mutating func appendFields(_ header: UnsafeBufferPointer<UInt8>) {
        var start = 0
        var nameCount = 0
        var at = 0
        while at < header.count {
            if nameCount == 0, header[at] == 0x3A { nameCount = at - start }
            let endsLine = header[at] == 0x0A
            at += 1
            guard endsLine else { continue }
            // A folded line belongs to the field above it.
            if at < header.count, header[at] == 0x20 || header[at] == 0x09 { continue }
            canonical.appendRelaxedField(UnsafeBufferPointer(rebasing: header[start..<at]), endsLine: true)
            names.append(UnsafeBufferPointer(rebasing: header[start..<start + nameCount]))
            names.append(names.column > 60 ? ":\r\n " : ":")
            start = at
            nameCount = 0
        }
    }
}

extension RawBytes {
    /// RFC 6376, 3.4.2: name in lower case, unfolded, each run of blanks one space, none at the ends.
    fileprivate mutating func appendRelaxedField(_ field: UnsafeBufferPointer<UInt8>, endsLine: Bool) {
        reserve(field.count + 2)
        var at = 0
        while at < field.count, field[at] != 0x3A {
            append(field[at] >= 0x41 && field[at] <= 0x5A ? field[at] | 0x20 : field[at])
            at += 1
        }
        append(0x3A)
        at += 1
        var isBlankBefore = false
        var isAtStart = true
        while at < field.count {
            let byte = field[at]
            at += 1
            if byte == 0x0D || byte == 0x0A { continue }
            if byte == 0x20 || byte == 0x09 {
                isBlankBefore = true
                continue
            }
            if isBlankBefore, !isAtStart { append(0x20) }
            isBlankBefore = false
            isAtStart = false
            append(byte)
        }
        if endsLine { appendLineEnd() }
    }

    /// RFC 6376, 3.4.4: each run of blanks one space, none at the ends of lines, no empty lines at the end.
    fileprivate mutating func appendRelaxedBody(_ body: UnsafeBufferPointer<UInt8>) {
        reserve(body.count + 2)
        var emptyLines = 0
        var isBlankBefore = false
        var isLineEmpty = true
        for byte in body {
            switch byte {
            case 0x0D: break
            case 0x0A:
                if isLineEmpty { emptyLines += 1 } else { appendLineEnd() }
                isLineEmpty = true
                isBlankBefore = false
            case 0x20, 0x09: isBlankBefore = true
            default:
                while emptyLines > 0 {
                    appendLineEnd()
                    emptyLines -= 1
                }
                if isBlankBefore { append(0x20) }
                isBlankBefore = false
                isLineEmpty = false
                append(byte)
            }
        }
        if !isLineEmpty { appendLineEnd() }
    }

    /// Characters since the last line began.
    fileprivate var column: Int {
        var at = count
        while at > 0, base[at - 1] != 0x0A { at -= 1 }
        return count - at
    }
}
