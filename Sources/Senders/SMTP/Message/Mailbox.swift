import Domain

/// A sender as it stands in a message: `Acme Bank <news@acme.example>`. Checked once where it is configured or a batch
/// begins, so that nothing in it can end a header line or an SMTP command.
struct Mailbox: Sendable, Hashable {
    /// Without control characters; empty for none.
    let name: [UInt8]
    let address: [UInt8]

    static let longestName = 256

    /// Nil where the address is none that mail can carry. Accepts `a@b.example`, `<a@b.example>` and `Name <a@b.example>`.
    init?(_ text: String) {
        guard let (name, address) = Self.parts(text) else { return nil }
        self.init(name: name, address: address)
    }

    /// Name and address as they stand in a text, unchecked; nil where a bracket is missing.
    static func parts(_ text: String) -> (name: [UInt8], address: [UInt8])? {
        let address = line(text)[...]
        guard address.last == 0x3E else { return ([], Array(address)) }
        guard let open = address.lastIndex(of: 0x3C) else { return nil }
        var name = trimmed(address[..<open])
        if name.count >= 2, name.first == 0x22, name.last == 0x22 { name = name.dropFirst().dropLast() }
        return (Array(name), Array(trimmed(address[(open + 1)...].dropLast())))
    }

    /// A text on one line, without controls and without blanks at its ends.
    static func line(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        HeaderText.fold(&bytes, from: 0)
        return Array(trimmed(bytes[...]))
    }

    init?(name: [UInt8], address: [UInt8]) {
        guard name.count <= Self.longestName, MailAddress.isUsable(address.span),
            !address.contains(where: { $0 >= 0x80 })
        else { return nil }
        // Readers lose a run of spaces; so do we, before a signature covers it.
        self.name = name.indices.filter { name[$0] != 0x20 || $0 == 0 || name[$0 - 1] != 0x20 }.map { name[$0] }
        self.address = address
    }

    /// The same address under another name.
    func named(_ name: String) -> Mailbox? {
        Mailbox(name: Self.line(name), address: address)
    }

    var domain: [UInt8] { Array(address[((address.lastIndex(of: 0x40) ?? -1) + 1)...]).map(Self.lowercased) }

    private static func lowercased(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 { bytes.removeLast() }
        return bytes
    }
}

extension RawBytes {
    /// `From: Acme Bank <news@acme.example>` with its line end.
    mutating func appendField(_ name: StaticString, _ mailbox: Mailbox) {
        append(name)
        append(": ")
        if !mailbox.name.isEmpty {
            let start = count
            mailbox.name.withUnsafeBufferPointer { appendDisplayName($0, column: name.utf8CodeUnitCount + 2) }
            // Whatever the name's length, the address stands on a line where it fits.
            append(count - start + mailbox.address.count > 60 ? "\r\n <" : " <")
            append(mailbox.address)
            append(">\r\n")
        } else {
            append(mailbox.address)
            appendLineEnd()
        }
    }

    private mutating func appendDisplayName(_ name: UnsafeBufferPointer<UInt8>, column: Int) {
        var isPhrase = true
        var isASCII = true
        for byte in name {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x20, 0x27, 0x2D, 0x5F: break
            case 0x80...: isASCII = false
            default: isPhrase = false
            }
        }
        // Longer ones would have to be folded; an encoded word folds anywhere.
        guard isASCII, name.count <= 60 else { return appendEncodedWords(name, column: column) }
        if isPhrase { return append(name) }
        append(0x22)
        for byte in name {
            if byte == 0x22 || byte == 0x5C { append(0x5C) }
            append(byte)
        }
        append(0x22)
    }
}
