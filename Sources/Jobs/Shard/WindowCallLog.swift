import Domain
import Senders
import Storage
import Synchronization

/// The calls that carried one batch, as rows of the call log. They are stored with what the window led to. Written
/// from whatever thread sends, a row each and nothing kept beside it.
final class WindowCallLog: Sendable {
    private let messages: [MessageBatch.Message]
    private let campaign: Int64
    private let provider: Int64
    private let day: Int
    private let trace: [UInt8]?
    private let rows = Mutex(CopyRows())

    init(messages: [MessageBatch.Message], campaign: Int64, provider: Int64, day: Int, trace: [UInt8]?) {
        self.messages = messages
        self.campaign = campaign
        self.provider = provider
        self.day = day
        self.trace = trace
    }

    func note(_ call: ProviderCall) {
        guard let range = LoggedRange(messages, call.places) else { return }
        let row = CallRow(
            at: call.startedAt, duration: call.duration, campaign: campaign, provider: provider, status: call.status,
            kind: call.kind.rawValue, attempt: messages[call.places.lowerBound].attempt, reply: call.reply,
            trace: trace)
        rows.withLock {
            row.append(
                to: &$0, day: day, first: range.first, last: range.last, count: call.places.count,
                members: range.members)
        }
    }

    var written: CopyRows { rows.withLock { $0 } }
}

/// The numbers of the messages that one call carried.
private struct LoggedRange {
    let first: MessageID
    let last: MessageID
    /// One bit a number from the first to the last; nil where all of them are meant.
    let members: [UInt8]?

    /// Nil without messages.
    init?(_ messages: [MessageBatch.Message], _ places: Range<Int>) {
        let places = places.clamped(to: messages.indices)
        guard !places.isEmpty else { return nil }
        let numbers = messages[places].lazy.map(\.id.rawValue)
        guard let least = numbers.min(), let most = numbers.max() else { return nil }
        first = MessageID(rawValue: least)
        last = MessageID(rawValue: most)
        let reach = Int(most - least)
        guard reach >= places.count, reach < MessageID.shardCapacity else {
            members = nil
            return
        }
        var bits = [UInt8](repeating: 0, count: reach / 8 + 1)
        for number in numbers { bits.mark(Int(number - least)) }
        members = bits
    }
}
