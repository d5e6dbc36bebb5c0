import Domain

/// What became of the messages of one combination, and how long their receipts took.
package struct DeliveryRow: Sendable, Hashable {
    package struct Key: Sendable, Hashable {
        package let tenant: String
        package let source: String
        package let channel: Channel
        package let category: Category
        package let provider: String
        package let country: String

        init(row: PostgresRow) throws(StorageError) {
            tenant = try row.text("tenant")
            source = try row.text("source")
            provider = try row.text("provider")
            country = try row.text("country")
            guard let channel = Channel(code: try row.int("channel")),
                let category = Category(code: try row.int("category"))
            else { throw .malformed("rollup") }
            self.channel = channel
            self.category = category
        }
    }

    package let key: Key
    package var states: [MessageState: Int64] = [:]
    /// Deliveries by `ReceiptLatency`'s classes.
    package var latencies: [Int: Int64] = [:]

    init(key: Key) { self.key = key }
}

/// How often one reason was given for one kind of ending.
package struct ReasonRow: Sendable, Hashable {
    package let tenant: String
    package let source: String
    package let campaign: Int64
    package let campaignName: String
    package let channel: Channel
    package let provider: String
    package let kind: String
    package let reason: String
    package let messages: Int64

    init(row: PostgresRow, kind: String) throws(StorageError) {
        tenant = try row.text("tenant")
        source = try row.text("source")
        campaign = try row.int("campaign")
        campaignName = try row.text("campaign_name")
        guard let channel = Channel(code: try row.int("channel")) else { throw .malformed("ledger row") }
        self.channel = channel
        provider = try row.text("provider")
        self.kind = kind
        reason = try row.text("reason")
        messages = try row.int("messages")
    }
}
