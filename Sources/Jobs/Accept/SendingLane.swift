import Domain
import Storage

/// What sends urgent messages in this process as soon as they are committed.
package protocol SendingLane: Sendable {
    /// For one commit; nil while this process must not send.
    func turn() -> SendingTurn?
    /// Shards were stored that wait for a worker.
    func wakeWorkers()
}

/// The right to open shards within one commit, and the way to send them after it.
package struct SendingTurn: Sendable {
    let worker: Int64
    /// Shards that this process still holds in memory for sending; beyond them they wait in the database.
    let room: Int
    /// Told before anything is stored: what the database says this process holds and it does not know of is given back.
    let held: HeldShards
    /// Nil where a stream can't be sent now; a worker then says why.
    let context: @Sendable (Int64) async -> CampaignContext?
    let begin: @Sendable (ClaimedShard, [UInt8], CampaignContext, WindowGrant) -> Void

    func mayOpen(_ place: Int) -> Bool { place < room }

    func send(
        _ shard: AcceptedShard, body: [UInt8], context: CampaignContext, grant: WindowGrant, readyAt: Timestamp
    ) {
        var claimed = ClaimedShard(
            id: shard.id, campaign: context.campaign, tenant: context.tenant, lane: shard.lane, priority: .critical,
            token: 1, body: shard.id, ids: shard.id, skip: shard.skip.isEmpty ? nil : shard.skip,
            count: shard.count,
            expiresAt: shard.expiresAt)
        claimed.readyAt = readyAt
        claimed.trace = shard.trace
        begin(claimed, body, context, grant)
    }
}
