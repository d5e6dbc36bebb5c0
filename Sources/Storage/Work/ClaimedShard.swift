import Domain

/// A shard in a worker's hands, as it was when the worker took it.
package struct ClaimedShard: Sendable, Hashable {
    package let id: Int64
    package let campaign: Int64
    package let tenant: Int64
    package let lane: Lane
    package let tier: Int16
    package let priority: Priority
    /// Every later step names it; a step with an older token is refused.
    package let token: Int64
    /// The shard whose stored recipients these are.
    package let body: Int64
    /// The shard whose number the message ids carry.
    package let ids: Int64
    /// Which recipients of the body are meant; nil for all.
    package let items: [UInt8]?
    /// Duplicates, one bit a recipient of the body; nil for none.
    package let skip: [UInt8]?
    package let count: Int
    /// Recipients before `closed` are done; those in `closed..<opened` were under way when the last holder died.
    package let closed: Int
    package let opened: Int
    /// Workers that died over it since it last moved on.
    package let crashes: Int
    /// When its messages end unsent; nil: when its campaign's do.
    package let expiresAt: Timestamp?
    /// Since when it could have been sent: accepted and due. Nil for retries and for shards of campaigns.
    package var readyAt: Timestamp?
    /// The trace that its messages belong to.
    package var trace: TraceParent?

    package init(
        id: Int64, campaign: Int64, tenant: Int64, lane: Lane = .bulk, tier: Int16 = 1, priority: Priority = .normal,
        token: Int64, body: Int64, ids: Int64, items: [UInt8]? = nil, skip: [UInt8]? = nil, count: Int, closed: Int = 0,
        opened: Int = 0, crashes: Int = 0, expiresAt: Timestamp? = nil
    ) {
        self.id = id
        self.campaign = campaign
        self.tenant = tenant
        self.lane = lane
        self.tier = tier
        self.priority = priority
        self.token = token
        self.body = body
        self.ids = ids
        self.items = items
        self.skip = skip
        self.count = count
        self.closed = closed
        self.opened = opened
        self.crashes = crashes
        self.expiresAt = expiresAt
    }

    init(row: PostgresRow) throws(StorageError) {
        self.init(
            id: try row.int("id"), campaign: try row.int("campaign"), tenant: try row.int("tenant"),
            lane: Lane(rawValue: Int16(try row.int("lane"))) ?? .bulk, tier: Int16(try row.int("tier")),
            priority: Priority(rawValue: Int16(try row.int("priority"))) ?? .normal, token: try row.int("token"),
            body: try row.int("body"), ids: try row.int("ids"), items: try row.optionalBytes("items"),
            skip: try row.optionalBytes("skip"), count: Int(try row.int("n")), closed: Int(try row.int("closed")),
            opened: Int(try row.int("opened")), crashes: Int(try row.int("crashes")),
            expiresAt: try row.optionalTime("expires_at"))
        if items == nil, expiresAt != nil {
            readyAt = max(try row.time("created_at"), try row.time("due_at"))
        }
        trace = try row.optionalBytes("trace").flatMap { TraceParent(bytes: $0) }
    }
}

/// Bulk and urgent work never wait in one line.
package enum Lane: Int16, Sendable, Hashable {
    case bulk = 0
    case fast = 1
}
