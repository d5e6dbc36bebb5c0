import Domain
import HTTPServer
import Senders

/// One request to send a message, as the sandbox understands it. Takes JSON, a form, or a query.
struct SandboxCall: Sendable {
    var id: [UInt8] = []
    var to: [UInt8] = []
    var key: [UInt8] = []
    /// Nil where the caller does not count its attempts.
    var attempt: Int?
    var segments = 1
    /// Where the request names the recipient, in the words of a vendor's errors.
    var field = ""

    init(id: String, to: String, key: String = "", field: String = "") {
        self.id = Array(id.utf8)
        self.to = Array(to.utf8)
        self.key = Array(key.utf8)
        self.field = field
    }

    /// Nil where the body cannot be read or names no recipient.
    init?(_ request: HTTPRequest) {
        if let header = request.headers["idempotency-key"] { key = Array(header.utf8) }
        if request.body.isEmpty {
            for parameter in request.query { set(Array(parameter.name.utf8).span, Array(parameter.value.utf8)) }
        } else if request.body.first == 0x7B {
            guard readJSON(request.body.span) else { return nil }
        } else {
            readForm(request.body.span)
        }
        if to.isEmpty { return nil }
    }

    /// The number that the error rates are drawn from. An id that is no number stands for one.
    var messageID: MessageID {
        if let number = Int64(ascii: id) { return MessageID(rawValue: number) }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.isEmpty ? to : id { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return MessageID(rawValue: Int64(bitPattern: hash))
    }

    private mutating func set(_ name: Span<UInt8>, _ value: [UInt8]) {
        if name.equals("to") {
            to = value
        } else if name.equals("id") {
            id = value
        } else if name.equals("idempotency_key") {
            key = value
        } else if name.equals("attempt") {
            attempt = Int64(ascii: value).map(Int.init)
        } else if name.equals("segments") {
            segments = Int(Int64(ascii: value) ?? 1)
        }
    }

    private mutating func readJSON(_ body: Span<UInt8>) -> Bool {
        var members: [JSONMember] = []
        do { try JSONObjectScan.scan(body, in: body.indices, into: &members) } catch { return false }
        for member in members {
            // No name that matters is longer: a text of a thousand bytes is not copied to be thrown away.
            let name = body.extracting(member.key)
            if name.count <= 15, !name.equals("text"), let text = member.value.text(in: body) { set(name, text) }
        }
        return true
    }

    private mutating func readForm(_ body: Span<UInt8>) {
        var name: [UInt8] = []
        var part: [UInt8] = []
        var index = 0
        while index <= body.count {
            let byte = index < body.count ? body[index] : 0x26
            switch byte {
            case 0x26:
                set(name.span, part)
                name = []
                part = []
            case 0x3D where name.isEmpty:
                name = part
                part = []
            case 0x2B: part.append(0x20)
            case 0x25 where index + 2 < body.count:
                part.append(hexValue(body[index + 1]) << 4 | hexValue(body[index + 2]))
                index += 2
            default: part.append(byte)
            }
            index += 1
        }
    }
}

private func hexValue(_ byte: UInt8) -> UInt8 {
    byte <= 0x39 ? byte & 0xF : (byte & 0xF) &+ 9
}

extension Span<UInt8> {
    fileprivate func equals(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index] != word.utf8Start[index] { return false }
        return true
    }
}

extension Int64 {
    /// A whole number in ASCII digits, without the detour over a String.
    fileprivate init?(ascii bytes: [UInt8]) {
        guard !bytes.isEmpty, bytes.count <= 18 else { return nil }
        var value: Int64 = 0
        for byte in bytes {
            guard byte >= 0x30 && byte <= 0x39 else { return nil }
            value = value * 10 + Int64(byte & 0xF)
        }
        self = value
    }
}
