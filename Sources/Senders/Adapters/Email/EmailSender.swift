import Crypto
import Domain

/// Who an email is from, or who is answered: an address and the name beside it. Nothing in it can end a header.
struct EmailSender: Sendable, Hashable {
    let name: String
    let address: String

    /// Reads `a@b.example`, `<a@b.example>` and `Name <a@b.example>`; nil where there is no usable address.
    init?(_ text: String) {
        var text = Self.folded(text)
        var name = ""
        if text.hasSuffix(">"), let open = text.lastIndex(of: "<") {
            name = Self.trimmed(text[..<open])
            text = String(text[text.index(after: open)...].dropLast())
            if name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") {
                name = String(name.dropFirst().dropLast())
            }
        }
        self.init(name: name, address: Self.trimmed(text))
    }

    private init?(name: String, address: String) {
        guard Self.isUsable(Array(address.utf8)) else { return nil }
        self.name = name
        self.address = address
    }

    /// The same address under another name.
    func named(_ name: String) -> EmailSender? {
        EmailSender(name: Self.trimmed(Self.folded(name)), address: address)
    }

    /// `"Acme, Inc." <a@b.example>`, for APIs that take what a header takes: names in other scripts are encoded (RFC
    /// 2047).
    var headerText: [UInt8] {
        if name.isEmpty { return Array(address.utf8) }
        let ending = Array(" <\(address)>".utf8)
        guard name.utf8.allSatisfy({ $0 < 0x80 }) else { return Self.encodedWords(name) + ending }
        var quoted = [UInt8(ascii: "\"")]
        for byte in name.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { quoted.append(UInt8(ascii: "\\")) }
            quoted.append(byte)
        }
        return quoted + [UInt8(ascii: "\"")] + ending
    }

    /// Addresses were checked long before; this makes it impossible that one becomes two, or another header,
    /// whatever happened on the way.
    static func isUsable(_ address: some Collection<UInt8>) -> Bool {
        guard address.count <= 254, address.count(where: { $0 == 0x40 }) == 1, let first = address.first else {
            return false
        }
        if first == 0x40 { return false }
        var last = first
        for byte in address {
            switch byte {
            // Controls, space, quotes and what delimits an address.
            case 0...0x20, 0x7F, 0x22, 0x28, 0x29, 0x2C, 0x3A, 0x3B, 0x3C, 0x3E, 0x5B, 0x5C, 0x5D: return false
            default: last = byte
            }
        }
        return last != 0x40
    }

    /// Words of at most 75 characters, none cut inside a character.
    private static func encodedWords(_ text: String) -> [UInt8] {
        var words: [UInt8] = []
        var piece: [UInt8] = []
        func close() {
            guard !piece.isEmpty else { return }
            if !words.isEmpty { words.append(0x20) }
            words += Array("=?UTF-8?B?".utf8) + Base64.encode(piece) + Array("?=".utf8)
            piece = []
        }
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if piece.count + bytes.count > 45 { close() }
            piece += bytes
        }
        close()
        return words
    }

    private static func folded(_ text: String) -> String {
        var bytes = Array(text.utf8)
        HeaderText.fold(&bytes, from: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var text = text[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
