import Domain

/// Everything about a campaign that is known once its recipients are stored.
package struct CampaignDraft: Sendable {
    package var tenant: Int64
    package var source: Int64?
    package var template: Int64
    package var name: String
    package var channel: Channel
    package var category: Category
    package var priority: Priority
    /// Nil: at once.
    package var dueAt: Timestamp?
    package var overdueLimit: Duration = .seconds(3600)
    package var expiry: Duration
    package var fingerprint: [UInt8] = []
    /// How the file was read, as JSON: columns, mapping, encoding, delimiter.
    package var columns: String = "{}"
    package var dedupe: String = "address"
    package var recipients: Int64 = 0
    package var rejected: Int64 = 0
    package var duplicates: Int64 = 0
    /// Counts by reason code, as JSON.
    package var rejectedBy: String = "{}"
    package var resendOf: Int64?
    package var shards: [ShardDraft] = []

    package init(
        tenant: Int64, source: Int64? = nil, template: Int64, name: String, channel: Channel, category: Category
    ) {
        self.tenant = tenant
        self.source = source
        self.template = template
        self.name = name
        self.channel = channel
        self.category = category
        priority = category.defaultPriority
        expiry = category.defaultExpiry
    }
}

/// A shard of a new campaign.
package struct ShardDraft: Sendable, Hashable {
    package var id: Int64
    package var count: Int
    package var skip: [UInt8]?
    /// Nil: the shard has a body of its own.
    package var body: Int64?
    package var items: [UInt8]?
    /// How long after its campaign's own time it is due.
    package var delay: Duration

    package init(
        id: Int64, count: Int, skip: [UInt8]? = nil, body: Int64? = nil, items: [UInt8]? = nil, delay: Duration = .zero
    ) {
        self.delay = delay
        self.id = id
        self.count = count
        self.skip = skip
        self.body = body
        self.items = items
    }
}
