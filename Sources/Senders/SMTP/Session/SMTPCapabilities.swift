/// What a server offers in its answer to EHLO.
struct SMTPCapabilities: Sendable, Hashable {
    var startTLS = false
    var pipelining = false
    var eightBitMIME = false
    var smtpUTF8 = false
    var authPlain = false
    var authLogin = false
    var offersSize = false
    /// The longest message; 0 where it names none.
    var size = 0

    static let none = SMTPCapabilities()

    init() {}

    init(_ reply: SMTPReply) {
        for line in reply.lines.dropFirst() {
            // Old servers write `AUTH=LOGIN PLAIN`.
            let words = line.split { $0 == 0x20 || $0 == 0x3D }.map { String(decoding: $0, as: UTF8.self).uppercased() }
            switch words.first {
            case "STARTTLS": startTLS = true
            case "PIPELINING": pipelining = true
            case "8BITMIME": eightBitMIME = true
            case "SMTPUTF8": smtpUTF8 = true
            case "AUTH":
                if words.contains("PLAIN") { authPlain = true }
                if words.contains("LOGIN") { authLogin = true }
            case "SIZE":
                offersSize = true
                if words.count > 1 { size = Int(words[1]) ?? 0 }
            default: break
            }
        }
    }
}
