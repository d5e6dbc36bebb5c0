import Domain
import Storage

/// What sends messages in this process as soon as they are committed.
package protocol SendingLane: Sendable {
    /// For one commit; nil while this process must not send.
    func turn() -> SendingTurn?
    /// Shards were stored that wait for a worker.
    func wakeWorkers()
}

/// The right to open shards within one commit, and the way to send them after it.
package struct SendingTurn: Sendable {
    let worker: Int64
    /// Told before anything is stored: what the database says this process holds and it does not know of is given back.
    let held: HeldShards
    /// Whether there is a place for one more shard of this lane and tenant; kept until it is sent or given back.
    let reserve: @Sendable (Lane, _ tenant: Int64) -> Bool
    let giveBack: @Sendable (Lane, _ tenant: Int64) -> Void
    /// Nil where a stream can't be sent now; a worker then says why.
    let context: @Sendable (Int64) async -> CampaignContext?
    let begin: @Sendable (ClaimedShard, [UInt8], CampaignContext, WindowGrant) -> Void

    func send(_ opened: OpenedShard, _ shard: AcceptedShard, body: [UInt8], grant: WindowGrant, readyAt: Timestamp) {
        var claimed = ClaimedShard(
            id: shard.id, campaign: opened.context.campaign, tenant: opened.key.tenant, lane: opened.key.lane,
            priority: opened.key.priority, token: 1, body: shard.id, ids: shard.id,
            skip: shard.skip.isEmpty ? nil : shard.skip, count: shard.count, expiresAt: shard.expiresAt)
        claimed.readyAt = readyAt
        claimed.trace = shard.trace
        begin(claimed, body, opened.context, grant)
    }
}

/// A shard that is to be opened in the commit that stores it, by this process.
struct OpenedShard: Sendable {
    let key: StreamKey
    let context: CampaignContext
}
