import Foundation

/// The machine's own sendmail, as cron uses it: what Herald tells its operator goes by none of the routes that may be the
/// trouble.
enum Sendmail {
    static let missing = "there is no sendmail on this machine."

    static func isAddress(_ text: String) -> Bool {
        text.contains("@") && !text.hasPrefix("-") && !text.contains { $0.isNewline || $0 == " " }
    }

    /// Nil where it was taken; else what went wrong.
    static func send(_ text: String, subject: String, to address: String) -> String? {
        let known = ["/usr/sbin/sendmail", "/usr/lib/sendmail"]
        let given = ProcessInfo.processInfo.environment["HERALD_SENDMAIL"].map { [$0] } ?? []
        guard let program = (given + known).first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            return missing
        }
        func line(_ text: String) -> String { text.split(whereSeparator: \.isNewline).joined(separator: " ") }
        let mail = """
            To: \(address)
            Subject: \(line(subject))
            Content-Type: text/plain; charset=utf-8
            Auto-Submitted: auto-generated

            \(line(text))

            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-i", "--", address]
        let pipe = Pipe()
        process.standardInput = pipe
        process.standardOutput = FileHandle.nullDevice
        do {
            try process.run()
            try pipe.fileHandleForWriting.write(contentsOf: Data(mail.utf8))
            try pipe.fileHandleForWriting.close()
        } catch {
            return "\(program) could not be started."
        }
        process.waitUntilExit()
        return process.terminationStatus == 0 ? nil : "\(program) ended with \(process.terminationStatus)."
    }
}
