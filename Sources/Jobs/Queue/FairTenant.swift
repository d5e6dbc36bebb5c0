/// A tenant as the fair choice sees it.
struct FairTenant: Sendable {
    let id: Int64
    /// Grows by the slot time that its shards cost, divided by its weight.
    var time: Double
    var weight = 1.0
    var inWork = 0
    /// Whether the last look found something of it.
    var isWaiting = false
    var cost = ShardCost()
    /// Through which its last shard went.
    var provider: Int64?

    var isActive: Bool { isWaiting || inWork > 0 }
}
