import Domain
import Foundation
import Senders

/// Whom a run by the clock tells that it failed.
struct FailureNotice {
    private let mail: String?
    private let webhook: String?

    init(_ arguments: Arguments) throws {
        mail = arguments.text("mail-on-failure")
        webhook = arguments.text("webhook-on-failure")
        if let mail, !mail.contains("@") || mail.hasPrefix("-") || mail.contains(where: { $0.isNewline || $0 == " " }) {
            throw CommandError.usage("--mail-on-failure takes an email address, not “\(mail)”.")
        }
        if let webhook, !webhook.hasPrefix("https://"), !webhook.hasPrefix("http://") {
            throw CommandError.usage("--webhook-on-failure takes an address such as https://example.com/hook.")
        }
    }

    /// What can't be told is said here as well: the failure itself must not hide behind it.
    func tell(_ text: String, _ screen: Screen) async {
        let host = ProcessInfo.processInfo.hostName
        if let webhook {
            let body: JSON = [
                "event": "report.failed", "host": .string(host), "text": .string(text),
                "at": .string(Timestamp.now.description),
            ]
            do {
                if let problem = try await PlainPost.send(Array(body.text.utf8), to: webhook) {
                    screen.note("The webhook could not be told: \(problem).")
                }
            } catch {
                screen.note("The webhook could not be told: \(CommandFailure(error).text)")
            }
        }
        if let mail, let problem = send(text, to: mail, host) { screen.note("\(mail) could not be told: \(problem)") }
    }

    /// By the machine's own sendmail, as cron does it.
    private func send(_ text: String, to address: String, _ host: String) -> String? {
        let known = ["/usr/sbin/sendmail", "/usr/lib/sendmail"]
        let given = ProcessInfo.processInfo.environment["HERALD_SENDMAIL"].map { [$0] } ?? []
        guard let program = (given + known).first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            return "there is no sendmail on this machine; use --webhook-on-failure."
        }
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        let mail = """
            To: \(address)
            Subject: Herald on \(host): a report failed
            Content-Type: text/plain; charset=utf-8
            Auto-Submitted: auto-generated

            \(line)

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
