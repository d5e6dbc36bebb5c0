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
}

/// Recipients that wait for another try, as a shard of its own.
package struct RetryShard: Sendable, Hashable {
    package let due: Timestamp
    /// In the notation of `RetryItem`.
    package let items: [UInt8]
    package let count: Int

    package init(due: Timestamp, items: [UInt8], count: Int) {
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
