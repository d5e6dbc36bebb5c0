import Domain
import Testing

@testable import Senders

/// An email as tests write it.
struct Mail {
    var to = "ann@example.com"
    var subject = "Hi"
    var text = "Hello"
    var html = "<p>Hello</p>"
}

/// A batch of emails, ids counted up from 1000.
func emailBatch(
    _ mails: [Mail], category: Domain.Category = .transactional, from: String = "", attempt: Int16 = 1
) -> MessageBatch {
    var batch = MessageBatch(channel: .email, category: category, from: from)
    func put(_ text: String) -> FieldRange {
        let start = batch.bytes.count
        batch.bytes.append(contentsOf: text.utf8)
        return FieldRange(start: start, count: batch.bytes.count - start)
    }
    for (index, mail) in mails.enumerated() {
        batch.messages.append(
            MessageBatch.Message(
                id: MessageID(rawValue: 1000 + Int64(index)), attempt: attempt, region: .none, segments: 1,
                to: put(mail.to), subject: put(mail.subject), text: put(mail.text), rich: put(mail.html)))
    }
    return batch
}

/// People who each get a text of their own.
func people(_ count: Int, text: String = "Hello") -> [Mail] {
    (0..<count).map { Mail(to: "p\($0)@example.com", text: "\(text) \($0)") }
}

func callback(_ kind: String, _ body: String, headers: [(String, String)] = []) -> ProviderCallback {
    ProviderCallback(
        provider: kind, receivedAt: Timestamp(micros: 0), kind: kind, contentType: "application/json",
        body: Array(body.utf8), method: "POST", url: "https://herald.example/v1/callbacks/\(kind)",
        headers: headers.map { ProviderCallback.Header(name: $0.0, value: $0.1) })
}

let noon = Timestamp(micros: 1_700_000_000_000_000)

func status(
    _ state: ReceiptState, _ reference: String..., id: Int64? = 1000, reason: String = "", at: Timestamp? = noon,
    recipient: String? = "ann@example.com"
) -> ReceiptEvent {
    .status(
        ReceiptStatus(
            message: id.map(MessageID.init(rawValue:)), references: reference, state: state, reason: reason, at: at,
            recipient: recipient))
}
