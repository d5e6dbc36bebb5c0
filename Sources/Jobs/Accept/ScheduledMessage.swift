import Domain
import Ingest
import Storage

/// A message that waits for its time, taken back.
package struct ScheduledMessage: Sendable {
    private let database: Database
    private let contexts: ContextCache

    package init(database: Database, contexts: ContextCache) {
        self.database = database
        self.contexts = contexts
    }

    /// False where it is too late: it is on its way, or was sent.
    package func cancel(_ message: MessageID, now: Timestamp) async throws -> Bool {
        let work = WorkStore(database: database)
        guard let found = try await work.shard(message.shard), found.state == "ready", found.dueAt > now,
            message.index < found.claimed.count
        else { return false }
        let shard = found.claimed
        let context = try await contexts.context(for: shard.campaign)
        let sealed = try await work.body(shard: shard.body)
        let body = try ShardCodec(key: context.key, campaign: ShardCodec.campaign(of: shard.body))
            .open(sealed, shard: shard.body, kind: .recipients)
        let recipients = Recipients(body: try ShardBody(body), skip: shard.skip)
        guard !recipients.isSkipped(message.index) else { return false }
        var record = WindowRecord(context: context, parts: try await contexts.currentParts())
        var row = recipients.row(RetryItem(index: message.index), shard: shard, context: context, at: now)
        row.state = .cancelled
        row.reason = "cancelled"
        recipients.withAddress(message.index) { record.add(row, address: $0) }
        var step = WindowStep(
            shard: shard.id, token: shard.token, from: 0, closed: 0, open: 0, horizon: 0, slice: record.parts.slice)
        record.fill(&step)
        return try await work.cancelWaiting(step, index: message.index)
    }
}
