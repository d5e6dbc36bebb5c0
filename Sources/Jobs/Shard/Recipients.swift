import Domain
import Ingest
import Senders
import Storage

/// A shard's recipients with the buffer that a window's messages are rendered into.
struct Recipients {
    let body: ShardBody
    private let skip: [UInt8]?
    /// The channel of the main address; nil where no other is asked for.
    private let main: Channel?
    /// A window's rendered messages; each ends with its address, so that a batch is one buffer.
    private var rendered: [UInt8] = []

    init(body: ShardBody, skip: [UInt8]?, main: Channel? = nil) {
        self.body = body
        self.main = main
        self.skip = skip
    }

    /// A duplicate of an earlier recipient: counted at the upload, never sent to.
    func isSkipped(_ index: Int) -> Bool {
        skip?.isMarked(index) ?? false
    }

    /// Which of a recipient's addresses a channel uses; nil where the file had none for it.
    private func slot(_ channel: Channel?) -> Int? {
        guard let main, let channel, channel.addressField != main.addressField else { return 0 }
        return body.furtherFields.firstIndex(of: channel.addressField).map { $0 + 1 }
    }

    /// Empty where there is none.
    func address(_ index: Int, on channel: Channel? = nil) -> FieldRange {
        slot(channel).map { body.address(index, slot: $0) } ?? .empty
    }

    func region(_ index: Int, on channel: Channel? = nil) -> Region {
        slot(channel).map { body.region(index, slot: $0) } ?? .none
    }

    private func hash(_ index: Int, on channel: Channel?) -> RecipientHash {
        slot(channel).map { body.hash(index, slot: $0) } ?? body.hash(index)
    }

    func withAddress<R>(_ index: Int, on channel: Channel? = nil, _ use: (Span<UInt8>) -> R) -> R {
        use(body.bytes.span.extracting(address(index, on: channel).range))
    }

    func question(_ index: Int, on channel: Channel) -> PolicyQuestion {
        PolicyQuestion(
            address: address(index, on: channel), region: region(index, on: channel), hash: hash(index, on: channel))
    }

    mutating func clearRendered() { rendered.removeAll(keepingCapacity: true) }

    mutating func render(
        _ index: Int, with content: any MessageRenderer, for channel: Channel
    ) throws(ContentError) -> RenderedParts {
        try content.render(index, of: body, for: channel, into: &rendered)
    }

    /// The batch for some of the window's messages.
    /// `senders` holds each message's, where they are not all the step's.
    mutating func batch(
        of messages: [PreparedMessage], step: MessagePath.Step, senders: [String], category: Category,
        expiresAt: Timestamp,
        ids: Int64
    ) -> MessageBatch {
        var batch = MessageBatch(channel: step.channel, category: category, from: step.sender)
        batch.expiresAt = expiresAt
        var written: [String: FieldRange] = [step.sender: .empty]
        batch.messages.reserveCapacity(messages.count)
        for (place, message) in messages.enumerated() {
            let index = message.item.index
            let address = address(index, on: step.channel).range
            let start = rendered.count
            if step.channel == .email {
                let bytes = body.bytes
                EmailAddress.appendForSending(bytes.span.extracting(address), to: &rendered)
            } else {
                rendered.append(contentsOf: body.bytes[address])
            }
            let to = FieldRange(start: start, count: rendered.count - start)
            if !senders.isEmpty, written[senders[place]] == nil {
                let start = rendered.count
                rendered.append(contentsOf: senders[place].utf8)
                written[senders[place]] = FieldRange(start: start, count: rendered.count - start)
            }
            batch.messages.append(
                MessageBatch.Message(
                    id: MessageID(shard: ids, index: index), attempt: Int16(clamping: message.item.position.attempt),
                    region: region(index, on: step.channel), segments: message.parts.segments, to: to,
                    subject: message.parts.subject, text: message.parts.text, rich: message.parts.rich))
            if !senders.isEmpty, let sender = written[senders[place]] { batch.messages[place].from = sender }
        }
        batch.bytes = rendered
        return batch
    }

    /// A ledger row with what is known of the recipient; state, provider and cost come from the caller.
    func row(
        _ item: RetryItem, on channel: Channel? = nil, shard: ClaimedShard, context: CampaignContext, at: Timestamp
    ) -> LedgerRow {
        LedgerRow(
            message: MessageID(shard: shard.ids, index: item.index), at: at,
            hash: hash(item.index, on: channel), campaign: context.campaign, tenant: context.tenant,
            channel: channel ?? context.channel, attempt: Int16(clamping: item.position.attempt), segments: 0,
            state: .sent,
            country: region(item.index, on: channel))
    }
}
