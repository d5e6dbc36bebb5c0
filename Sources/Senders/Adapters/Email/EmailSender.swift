import Crypto
import Domain

/// Who an email is from, or who is answered: an address and the name beside it. Nothing in it can end a header.
struct EmailSender: Sendable, Hashable {
    let name: String
    let address: String

    /// Reads `a@b.example`, `<a@b.example>` and `Name <a@b.example>`; nil where there is no usable address.
    init?(_ text: String) {
        guard let (name, address) = Mailbox.parts(text) else { return nil }
        self.init(name: String(decoding: name, as: UTF8.self), address: String(decoding: address, as: UTF8.self))
    }

    private init?(name: String, address: String) {
        guard MailAddress.isUsable(Array(address.utf8).span) else { return nil }
        self.name = name
        self.address = address
    }

    /// The same address under another name.
    func named(_ name: String) -> EmailSender? {
        EmailSender(name: String(decoding: Mailbox.line(name), as: UTF8.self), address: address)
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
}
