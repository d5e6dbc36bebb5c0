import Domain

/// One step of a shard: what the window that ends led to, and how far the next one reaches.
package struct WindowStep: Sendable {
    package var shard: Int64
    package var token: Int64
    /// Where the window that ends began.
    package var from: Int
    /// Recipients before this are done.
    package var closed: Int
    /// Recipients from `closed` to here are about to be sent; equal to `closed` where nothing follows.
    package var open: Int
    /// The policy snapshot that the worker's filter is as new as.
    package var horizon: Int64
    package var slice: LedgerSlice?
    package var rows: CopyRows
    package var deltas: [RollupDelta]
    package var retries: [RetryShard]
    /// The calls that the window made, for the log, and the day they go to.
    package var calls = CopyRows()
    package var callDay: DayPart?
    /// References of messages that went out in parts, and the day they go to.
    package var references = CopyRows()
    package var referenceDay: DayPart?
    package var deadLetters = CopyRows()
    /// What somebody wants to be told of.
    package var webhookEvents = CopyRows()
    package var deadAddresses: [DeadAddresses] = []
    /// Of prices that have volume tiers.
    package var volumes: [VolumeDelta] = []

    package init(
        shard: Int64, token: Int64, from: Int, closed: Int, open: Int, horizon: Int64, slice: LedgerSlice? = nil,
        rows: CopyRows = CopyRows(), deltas: [RollupDelta] = [], retries: [RetryShard] = []
    ) {
        self.shard = shard
        self.token = token
        self.from = from
        self.closed = closed
        self.open = open
        self.horizon = horizon
        self.slice = slice
        self.rows = rows
        self.deltas = deltas
        self.retries = retries
    }

    /// What is stored row by row: the statement that takes the rows, and the rows.
    var copies: [(sql: String, rows: CopyRows)] {
        var copies: [(String, CopyRows)] = []
        if let slice, rows.count > 0 {
            copies.append(("COPY \(slice.table) (\(LedgerRow.columns)) FROM STDIN (FORMAT binary)", rows))
        }
        if deadLetters.count > 0 {
            copies.append(("COPY dead_letter (\(DeadLetterRow.columns)) FROM STDIN (FORMAT binary)", deadLetters))
        }
        if webhookEvents.count > 0 {
            // Not into the day's part: the trigger that queues them is the whole table's.
            copies.append(("COPY webhook_event (\(WebhookEventRow.columns)) FROM STDIN (FORMAT binary)", webhookEvents))
        }
        if let referenceDay, references.count > 0 {
            copies.append(
                ("COPY \(referenceDay.table) (\(ReferenceHash.partColumns)) FROM STDIN (FORMAT binary)", references))
        }
        return copies + callCopy
    }

    /// Of a refused step: what it says about messages is evidence, and its calls were made all the same.
    var lateCopies: [(sql: String, rows: CopyRows)] {
        var copies: [(String, CopyRows)] = []
        if rows.count > 0 {
            copies.append(("COPY late_outcome (\(LedgerRow.columns)) FROM STDIN (FORMAT binary)", rows))
        }
        return copies + callCopy
    }

    private var callCopy: [(sql: String, rows: CopyRows)] {
        guard let callDay, calls.count > 0 else { return [] }
        return [("COPY \(callDay.table) (\(CallRow.columns)) FROM STDIN (FORMAT binary)", calls)]
    }
}

/// Addresses of which a provider said that they will never work again: nothing is sent to them any more.
package struct DeadAddresses: Sendable, Hashable {
    package let tenant: Int64
    package let channel: Channel
    package private(set) var hashes: [RecipientHash]

    package init(tenant: Int64, channel: Channel, hashes: [RecipientHash]) {
        self.tenant = tenant
        self.channel = channel
        self.hashes = hashes
    }

    /// The statement that records them; what stands in it are numbers and hexadecimal digits.
    var statement: String {
        let values = hashes.map { "('\\x\(hex($0.bytes))'::bytea)" }.joined(separator: ", ")
        return """
            WITH added AS (
                INSERT INTO suppression (tenant, hash, channel, reason, origin)
                SELECT \(tenant), hash, \(channel.code), 'bounce', 'provider' FROM (VALUES \(values)) v (hash)
                ON CONFLICT DO NOTHING RETURNING hash
            )
            INSERT INTO policy_change (tenant, hash) SELECT \(tenant), hash FROM added
            """
    }
}

/// Recipients that wait for another try, as a shard of its own.
package struct RetryShard: Sendable, Hashable {
    package let due: Timestamp
    /// In the notation of `RetryItem`.
    package let items: [UInt8]
    package let count: Int
    /// Workers that died over these recipients.
    package let crashes: Int

    package init(due: Timestamp, items: [UInt8], count: Int, crashes: Int = 0) {
        self.crashes = crashes
        self.due = due
        self.items = items
        self.count = count
    }
}

/// What a step answers.
package struct WindowGrant: Sendable, Hashable {
    /// Where the open window ends: as asked, or at `closed` if the campaign does not run any more.
    package let opened: Int
    package let campaignState: CampaignState
    /// The policy snapshot after this step.
    package let horizon: Int64
    /// Changes that ask for everything to be loaded anew before the window is sent, by transaction. One is
    /// named again until no older transaction is left running.
    package let reloads: [Int64]
    /// Recipients who were suppressed since the last step.
    package let changed: [RecipientHash]

    package init(opened: Int, campaignState: CampaignState, horizon: Int64, reloads: [Int64], changed: [RecipientHash])
    {
        self.opened = opened
        self.campaignState = campaignState
        self.horizon = horizon
        self.reloads = reloads
        self.changed = changed
    }
}
