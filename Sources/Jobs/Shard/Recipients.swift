import Domain
import Ingest
import Senders
import Storage

/// A shard's recipients with the buffer that a window's messages are rendered into.
struct Recipients {
    let body: ShardBody
    private let skip: [UInt8]?
    /// A window's rendered messages; each ends with its address, so that a batch is one buffer.
    private var rendered: [UInt8] = []

    init(body: ShardBody, skip: [UInt8]?) {
        self.body = body
        self.skip = skip
    }

    /// A duplicate of an earlier recipient: counted at the upload, never sent to.
    func isSkipped(_ index: Int) -> Bool {
        guard let skip, index >> 3 < skip.count else { return false }
        return skip[index >> 3] & 1 << UInt8(index & 7) != 0
    }

    func withAddress<R>(_ index: Int, _ use: (Span<UInt8>) -> R) -> R {
        use(body.bytes.span.extracting(body.address(index).range))
    }

    func question(_ index: Int) -> PolicyQuestion {
        let hash = body.hash(index)
        return PolicyQuestion(
            address: body.address(index), region: body.region(index),
            hash: hash)
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
            let address = body.address(index).range
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
                    region: body.region(index), segments: message.parts.segments, to: to,
                    subject: message.parts.subject, text: message.parts.text, rich: message.parts.rich))
            if !senders.isEmpty, let sender = written[senders[place]] { batch.messages[place].from = sender }
        }
        batch.bytes = rendered
        return batch
    }

    /// A ledger row with what is known of the recipient; state, channel, provider and cost come from the caller.
    func row(_ item: RetryItem, shard: ClaimedShard, context: CampaignContext, at: Timestamp) -> LedgerRow {
        let hash = body.hash(item.index)
        return LedgerRow(
            message: MessageID(shard: shard.ids, index: item.index), at: at,
            hash: hash, campaign: context.campaign, tenant: context.tenant,
            channel: context.channel, attempt: Int16(clamping: item.position.attempt), segments: 0, state: .sent,
            country: body.region(item.index))
    }
}
