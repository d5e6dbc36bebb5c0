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
        if let mail, !Sendmail.isAddress(mail) {
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
        if let mail, let problem = Sendmail.send(text, subject: "Herald on \(host): a report failed", to: mail) {
            screen.note(
                "\(mail) could not be told: \(problem)\(problem == Sendmail.missing ? " Or use --webhook-on-failure." : "")"
            )
        }
    }
}
