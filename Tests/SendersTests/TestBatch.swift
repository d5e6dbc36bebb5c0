import Domain

@testable import Senders

/// Batches for tests: a message for each recipient, ids counted up from 1000.
func testBatch(
    to recipients: [String], text: String = "Hello", subject: String = "", rich: String = "", from: String = "Herald",
    channel: Channel = .sms, attempt: Int16 = 1, segments: Int32 = 1
) -> MessageBatch {
    var batch = MessageBatch(channel: channel, category: .transactional, from: from)
    func put(_ text: String) -> FieldRange {
        let start = batch.bytes.count
        batch.bytes.append(contentsOf: text.utf8)
        return FieldRange(start: start, count: batch.bytes.count - start)
    }
    for (index, recipient) in recipients.enumerated() {
        batch.messages.append(
            MessageBatch.Message(
                id: MessageID(rawValue: 1000 + Int64(index)), attempt: attempt, region: .none, segments: segments,
                to: put(recipient), subject: put(subject), text: put(text), rich: put(rich)))
    }
    return batch
}
