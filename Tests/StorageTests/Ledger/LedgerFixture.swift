import Domain
import Storage

/// A ledger with rows that were made by hand, for searches.
struct LedgerFixture {
    let fixture: Fixture
    let key: TenantKey
    var ledger: LedgerStore { fixture.ledger }

    init() async throws {
        fixture = try await Fixture()
        key = try await fixture.parties.key(of: fixture.tenant.id)
        try await fixture.parties.addSource(tenant: fixture.tenant.id, name: "shop")
        try await fixture.providers.addProvider(name: "telco", kind: "sandbox", tenant: nil, settings: "{}")
    }

    /// One row to be.
    struct Draft {
        var campaign: Int64
        var index: Int
        var at: Int64
        var to = "+6591234567"
        var channel = Channel.sms
        var state = MessageState.sent
        var provider: Int64 = 1
        var reference = ""
        var country = "SG"
        var cost: Int64 = 0
        var reason = ""
        /// The state that it corrects.
        var was: MessageState?
        /// With a rollup that counts it.
        var isCounted = true
    }

    static let start: Int64 = 1_750_000_000_000_000

    /// `at` is in seconds from `start`.
    func store(_ drafts: [Draft]) async throws {
        let slice = try await ledger.currentSlice()
        var rows = CopyRows()
        var deltas: [RollupDelta] = []
        for draft in drafts {
            let address = Array(draft.to.utf8)
            var row = LedgerRow(
                message: MessageID(shard: MessageID.shard(campaign: draft.campaign, number: 0), index: draft.index),
                at: Timestamp(micros: Self.start + draft.at * 1_000_000),
                hash: key.recipients.recipient(draft.channel.addressKind, address.span), campaign: draft.campaign,
                tenant: fixture.tenant.id, channel: draft.channel, attempt: 1, segments: 1, state: draft.state,
                country: Region(draft.country) ?? .none)
            row.provider = draft.provider
            row.reference = draft.reference
            row.cost = draft.cost
            row.reason = draft.reason
            row.currency = draft.cost == 0 ? "" : "SGD"
            row.append(to: &rows, slice: slice, address: address.span, sealedWith: key.ledgerCipher(slice: slice))
            guard draft.isCounted else { continue }
            var delta = RollupDelta(
                key: .init(
                    bucket: RollupDelta.bucket(of: row.at), campaign: row.campaign, channel: row.channel,
                    provider: row.provider, state: row.state, country: row.country, currency: row.currency))
            (delta.messages, delta.attempts, delta.segments, delta.cost) = (1, 1, 1, row.cost)
            deltas.append(delta)
        }
        rows.finish()
        let stored = rows.bytes
        let corrections = drafts.compactMap { draft in
            draft.was.map {
                """
                UPDATE \(slice.table) SET was = \($0.rawValue), segments = 0
                 WHERE campaign = \(draft.campaign) AND message & 2047 = \(draft.index) AND state = \(draft.state.rawValue)
                """
            }
        }
        let values = deltas.map { WorkStore.values(of: $0) }.joined(separator: ", ")
        try await fixture.database.run { session in
            try session.startCopy(
                "COPY \(slice.table) (\(LedgerRow.columns)) FROM STDIN (FORMAT binary)"
                    + (values.isEmpty ? "" : "; INSERT INTO rollup_delta VALUES \(values)"))
            try session.putCopy(stored)
            try session.endCopy()
            for correction in corrections { try session.execute(correction) }
        }
    }

    func query(_ change: (inout LedgerQuery) -> Void = { _ in }) -> LedgerQuery {
        var query = LedgerQuery(tenant: fixture.tenant.id)
        change(&query)
        return query
    }

    func recipient(_ kind: AddressKind, _ address: String) -> LedgerQuery.Recipient {
        LedgerQuery.Recipient(kind, address: address, hash: key.recipients)
    }

    /// All pages of a search.
    func pages(_ query: LedgerQuery, of size: Int) async throws -> [LedgerEntry] {
        var all: [LedgerEntry] = []
        var cursor: LedgerCursor?
        while true {
            let page = try await ledger.search(query, after: cursor, limit: size)
            all += page
            guard page.count == size, let last = page.last else { return all }
            cursor = LedgerCursor(LedgerCursor(after: last).text)
        }
    }
}
