import Glibc

/// The server's side of a conversation, line by line, for servers that misbehave.
final class ScriptedMail {
    let connection: RawConnection
    private var bytes: [UInt8] = []

    init(_ connection: RawConnection) { self.connection = connection }

    /// The next line without its end; nil when the client has gone.
    func line() -> String? {
        while true {
            if let end = bytes.firstIndex(of: 0x0A) {
                let line = String(decoding: bytes[..<end].filter { $0 != 0x0D }, as: UTF8.self)
                bytes.removeSubrange(...end)
                return line
            }
            guard fetch() else { return nil }
        }
    }

    /// A message up to its final dot; nil when the client has gone.
    func message() -> String? {
        var lines: [String] = []
        while let line = line() {
            if line == "." { return lines.joined(separator: "\n") }
            lines.append(line)
        }
        return nil
    }

    func say(_ line: String) { connection.write(line + "\r\n") }

    /// Greets, and answers EHLO with what is offered.
    func greet(_ offers: [String] = []) -> Bool {
        say("220 mail.test ESMTP")
        guard line() != nil else { return false }
        let lines = ["mail.test"] + offers
        for (index, text) in lines.enumerated() { say("250\(index + 1 == lines.count ? " " : "-")\(text)") }
        return true
    }

    /// Answers envelopes and takes messages until the client goes; `answer` replies to each message.
    func serve(_ answer: (Int) -> String?) {
        var number = 0
        while let command = line() {
            switch command.prefix(4) {
            case "MAIL", "RCPT", "RSET": say("250 2.1.0 Ok")
            case "DATA":
                say("354 Go on")
                guard message() != nil, let reply = answer(number) else { return }
                say(reply)
                number += 1
            case "QUIT":
                say("221 Bye")
                return
            default: say("500 What?")
            }
        }
    }

    private func fetch() -> Bool {
        var piece = [UInt8](repeating: 0, count: 4096)
        let count = recv(connection.descriptor, &piece, piece.count, 0)
        guard count > 0 else { return false }
        bytes += piece[..<count]
        return true
    }
}
