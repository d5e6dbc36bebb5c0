/// Cuts the stream of bytes from a server into replies. Takes line ends as servers write them (a bare LF too),
/// and nothing without bounds: a reply of a gigabyte ends as a fault, not in memory.
struct SMTPReplyReader {
    enum Fault: Error {
        /// The bytes are no reply of SMTP.
        case garbled
        case tooLong
    }

    /// RFC 5321 allows 512 bytes a line; real servers write more.
    static let longestLine = 4096
    static let longestReply = 65_536

    private var line: [UInt8] = []
    private var code = 0
    private var text: [UInt8] = []
    private var total = 0

    /// Whether bytes of an unfinished reply wait.
    var isMidReply: Bool { total > 0 }

    /// Takes bytes up to the end of the first whole reply. Returns how many it took, and the reply if one is whole.
    mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) throws(Fault) -> (taken: Int, reply: SMTPReply?) {
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            total += 1
            guard total <= Self.longestReply else { throw .tooLong }
            guard byte == 0x0A else {
                guard line.count < Self.longestLine else { throw .tooLong }
                line.append(byte)
                continue
            }
            if line.last == 0x0D { line.removeLast() }
            let isLast = try takeLine()
            line.removeAll(keepingCapacity: true)
            guard isLast else { continue }
            let reply = SMTPReply(code: code, text: text)
            (code, total) = (0, 0)
            text.removeAll(keepingCapacity: true)
            return (at, reply)
        }
        return (at, nil)
    }

    /// Takes one line and says whether it is the reply's last.
    private mutating func takeLine() throws(Fault) -> Bool {
        guard line.count >= 3 else { throw .garbled }
        var number = 0
        for digit in line[..<3] {
            guard digit >= 0x30, digit <= 0x39 else { throw .garbled }
            number = number * 10 + Int(digit - 0x30)
        }
        guard number >= 200, number < 600, code == 0 || number == code else { throw .garbled }
        if code != 0 { text.append(0x0A) }
        code = number
        guard line.count > 3 else { return true }
        guard line[3] == 0x20 || line[3] == 0x2D else { throw .garbled }
        text += line[4...]
        return line[3] == 0x20
    }
}
