import Domain
import Foundation
import Jobs
import Senders
import Storage

/// Whom the processes tell of alerts beside the tenants' webhooks: the operator's own address and mailbox.
struct OperatorNotice: Sendable {
    static let (webhookVariable, mailVariable) = ("HERALD_ALERT_WEBHOOK", "HERALD_ALERT_MAIL")

    let webhook: String?
    let mail: String?

    /// Nil where nobody is to be told.
    init?(_ environment: [String: String]) throws {
        func setting(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        webhook = setting(Self.webhookVariable)
        mail = setting(Self.mailVariable)
        if let mail, !Sendmail.isAddress(mail) {
            throw CommandError.usage("\(Self.mailVariable) takes an email address, not “\(mail)”.")
        }
        if let webhook, !webhook.hasPrefix("https://"), !webhook.hasPrefix("http://") {
            throw CommandError.usage("\(Self.webhookVariable) takes an address such as https://example.com/hook.")
        }
        if webhook == nil, mail == nil { return nil }
    }

    /// False where it is to be told again with the next look.
    func tell(_ alert: StoredAlert, _ screen: Screen) async -> Bool {
        let host = ProcessInfo.processInfo.hostName
        let text = AlertLines.text(alert)
        var isTold = true
        if let webhook {
            var data = JSONObject()
            data["event"] = .string(alert.isOpen ? "alert.opened" : "alert.closed")
            data["host"] = .string(host)
            data["at"] = .string(Timestamp.now.description)
            data["text"] = .string(text)
            data["alert"] = .object(alert.facts)
            do {
                if let problem = try await PlainPost.send(Array(JSON.object(data).text.utf8), to: webhook) {
                    screen.note("Alert \(alert.id): the webhook could not be told: \(problem).")
                    isTold = false
                }
            } catch {
                screen.note("Alert \(alert.id): the webhook could not be told: \(CommandFailure(error).text)")
                isTold = false
            }
        }
        // Once: a mail that follows a webhook which fails for a day would come a thousand times.
        if let mail, isTold || webhook == nil {
            let subject = "Herald on \(host): \(alert.isOpen ? "alert" : "over:") \(AlertText.subject(alert))"
            let problem = await Task.detached { Sendmail.send(text, subject: subject, to: mail) }.value
            if let problem {
                screen.note("Alert \(alert.id): \(mail) could not be told: \(problem)")
                isTold = false
            }
        }
        return isTold
    }
}
