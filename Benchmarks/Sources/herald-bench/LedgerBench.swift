import Domain
import Foundation
import Storage

/// The ledger's numbers: filling it by the statement that windows are stored with, what of the writing speed goes into its
/// indexes and rollups, and how long a recipient's history takes. The master key comes from the environment, as for
/// `herald`, so that what is filled here can be searched there.
enum LedgerBench {
    /// As windows store them.
    private static let window = 500
    private static let day: Int64 = 86_400_000_000

    static func keys() throws -> KeyRing {
        guard let text = ProcessInfo.processInfo.environment["HERALD_MASTER_KEY"], text.utf8.count == 64 else {
            throw StorageError.malformed("HERALD_MASTER_KEY must hold 64 hexadecimal digits")
        }
        var key: [UInt8] = []
        var rest = text[...]
        while !rest.isEmpty {
            key.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return KeyRing(masterKey: key)
    }

    // MARK: Filling

    /// So many rows in so many slices, a day each; every recipient gets about twenty.
    static func fill(url: String, rows: Int, slices: Int) async throws -> String {
        let database = Database(url: url, connections: 2)
        let ledger = LedgerStore(database: database, keys: try keys())
        let tenant = try await makeTenant(database, ledger)
        let campaigns = try await makeCampaigns(database, tenant: tenant.id, count: slices, rows: rows)
        let first = Timestamp.now.micros / day * day - Int64(slices) * day
        let people = UInt64(max(1, rows / 20))
        var seconds = 0.0
        for number in 0..<slices {
            let slice = try await ledger.currentSlice()
            let count = rows * (number + 1) / slices - rows * number / slices
            let start = ContinuousClock.now
            try await database.run { session in
                try windows(
                    count, campaign: campaigns + Int64(number), tenant: tenant, slice: slice,
                    from: first + Int64(number) * day, people: people
                ) { try store($0, in: slice.table, on: session) }
            }
            seconds += start.duration(to: .now).seconds
            if number + 1 < slices { _ = try await ledger.rotateSlices(above: -1) }
        }
        while try await ledger.compactRollups() > 0 {}
        let start = ContinuousClock.now
        _ = try await ledger.sealSlices(closedFor: .zero)
        try await ledger.summarize()
        let sealing = start.duration(to: .now).seconds
        try await database.run { try $0.execute("VACUUM (ANALYZE) ledger, rollup, rollup_delta") }
        await database.close()
        return "{\"rows_per_second\": \(Int(Double(rows) / seconds)), \"sealing_seconds\": \(sealing)}"
    }

    private static func makeTenant(_ database: Database, _ ledger: LedgerStore) async throws -> (
        id: Int64, key: TenantKey
    ) {
        let parties = PartyStore(database: database, keys: try keys())
        if let known = try await parties.tenant(named: "bench") {
            return (known.id, try await parties.key(of: known.id))
        }
        let tenant = try await parties.addTenant(
            name: "bench", tier: .paid, region: Region("SG") ?? .none, timeZone: "Asia/Singapore")
        try await parties.addSource(tenant: tenant.id, name: "billing")
        _ = try await parties.addTemplate(
            tenant: tenant.id, name: "bill", channel: .sms,
            content: #"{"channel":"sms","default_locale":"en","locales":{"en":{"text":"Your bill is {{ amount }}"}}}"#)
        try await ProviderStore(database: database, keys: try keys()).addProvider(
            name: "telco", kind: "sandbox", tenant: nil, settings: "{}")
        return (tenant.id, try await parties.key(of: tenant.id))
    }

    /// Finished campaigns, one a day; returns the first one's number.
    private static func makeCampaigns(_ database: Database, tenant: Int64, count: Int, rows: Int) async throws -> Int64
    {
        try await database.run { session in
            let first = try session.query("SELECT nextval('campaign_number') AS number")[0].int("number")
            try session.execute("SELECT setval('campaign_number', \(first + Int64(count)))")
            for number in 0..<count {
                let recipients = rows * (number + 1) / count - rows * number / count
                try session.execute(
                    """
                    INSERT INTO campaign (id, tenant, source, template, name, channel, category, priority, state, expires_at,
                        fingerprint, columns, dedupe, recipients, rejected, duplicates, first_slice, created_at, started_at, finished_at)
                    SELECT \(first + Int64(number)), \(tenant), (SELECT min(id) FROM source WHERE tenant = \(tenant)),
                        (SELECT min(id) FROM template WHERE tenant = \(tenant)), 'bills of day \(number + 1)', 1, 2, 2, 'finished', now(),
                        '', '{}', 'none', \(recipients), 0, 0, 0, now(), now(), now()
                    """)
            }
            return first
        }
    }

    /// A window's rows, and what it adds to the reports.
    private struct Window: Sendable {
        let rows: [UInt8]
        let deltas: String
    }

    /// In one round trip, as windows are stored.
    private static func store(
        _ window: Window, in table: String, withRollups: Bool = true, on session: PostgresSession
    ) throws {
        try session.startCopy(
            "COPY \(table) (\(LedgerRow.columns)) FROM STDIN (FORMAT binary)"
                + (withRollups ? "; INSERT INTO rollup_delta VALUES \(window.deltas)" : ""))
        try session.putCopy(window.rows)
        try session.endCopy()
    }

    private static func windows(
        _ count: Int, campaign: Int64, tenant: (id: Int64, key: TenantKey), slice: LedgerSlice, from first: Int64,
        people: UInt64, _ body: (Window) throws -> Void
    ) throws {
        let cipher = tenant.key.ledgerCipher(slice: slice)
        var random = UInt64(bitPattern: first) | 1
        var rows = CopyRows()
        var done = 0
        while done < count {
            let size = min(window, count - done)
            rows.clear(header: true)
            var deltas: [RollupDelta.Key: RollupDelta] = [:]
            for place in done..<done + size {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let address = Self.address((random >> 16) % people)
                let at = Timestamp(micros: first + day * Int64(place) / Int64(count))
                var row = LedgerRow(
                    message: MessageID(
                        shard: MessageID.shard(campaign: campaign, number: place / 2000), index: place % 2000),
                    at: at, hash: tenant.key.recipients.recipient(.phone, address.span), campaign: campaign,
                    tenant: tenant.id, channel: .sms, attempt: 1, segments: 1,
                    state: random >> 33 % 50 == 0 ? .failed : .sent, country: Region("SG") ?? .none)
                row.provider = 1
                row.cost = 42_500
                row.currency = "SGD"
                row.reference = String(random, radix: 16)
                if row.state == .failed { row.reason = "invalid_number" }
                row.append(to: &rows, slice: slice, address: address.span, sealedWith: cipher)
                let key = RollupDelta.Key(
                    bucket: RollupDelta.bucket(of: at), campaign: campaign, channel: .sms, provider: 1,
                    state: row.state, country: row.country, currency: "SGD")
                deltas[key, default: RollupDelta(key: key)].messages += 1
                deltas[key, default: RollupDelta(key: key)].attempts += 1
                deltas[key, default: RollupDelta(key: key)].segments += 1
                deltas[key, default: RollupDelta(key: key)].cost += row.cost
            }
            rows.finish()
            try body(
                Window(
                    rows: rows.bytes,
                    deltas: deltas.values.map { WorkStore.values(of: $0) }.joined(separator: ", ")))
            done += size
        }
    }

    private static func address(_ number: UInt64) -> [UInt8] { Array("+65\(80_000_000 + number)".utf8) }

    // MARK: Finding

    /// Histories of recipients drawn at random, on one connection; the first ones count by themselves, for a cold start.
    static func find(url: String, rows: Int, count: Int) async throws -> String {
        let database = Database(url: url, connections: 1)
        let keys = try keys()
        let ledger = LedgerStore(database: database, keys: keys)
        let tenant = try await makeTenant(database, ledger)
        var random = SystemRandomNumberGenerator()
        var times: [Double] = []
        var found = 0
        for _ in 0..<count {
            let address = String(
                decoding: Self.address(UInt64.random(in: 0..<UInt64(max(1, rows / 20)), using: &random)), as: UTF8.self)
            var query = LedgerQuery(tenant: tenant.id)
            query.recipient = LedgerQuery.Recipient(.phone, address: address, hash: tenant.key.recipients)
            let start = ContinuousClock.now
            found += try await ledger.search(query, limit: 100).count
            times.append(start.duration(to: .now).seconds * 1000)
        }
        await database.close()
        let sorted = times.sorted()
        return """
            {"first_ms": \(times[0]), "median_ms": \(sorted[count / 2]), "p95_ms": \(sorted[count * 95 / 100]), \
            "rows_each": \(Double(found) / Double(count))}
            """
    }

    // MARK: Writing

    /// Rows a second into tables that differ in their indexes, on one backend, in turn, the median of three.
    static func write(url: String, rows: Int) async throws -> String {
        let database = Database(url: url, connections: 1)
        let ledger = LedgerStore(database: database, keys: try keys())
        let tenant = try await makeTenant(database, ledger)
        let brin = "CREATE INDEX ON bench_write USING brin"
        let variants: [(name: String, sql: [String], withRollups: Bool)] = [
            ("key", ["ALTER TABLE bench_write ADD PRIMARY KEY (message, attempt)"], false),
            ("bare", [], false),
            (
                "numbers",
                [
                    "\(brin) (message int8_minmax_multi_ops, search int8_bloom_ops (n_distinct_per_range = -0.2, false_positive_rate = 0.001), reference_hash int8_bloom_ops (n_distinct_per_range = -0.2)) WITH (pages_per_range = 16)"
                ], false
            ),
            ("times", ["\(brin) (at) WITH (pages_per_range = 32)"], false),
            ("reasons", ["CREATE INDEX ON bench_write (message) INCLUDE (state, reason) WHERE reason <> ''"], false),
            ("search", ["CREATE INDEX ON bench_write (search)"], false),
            ("rollups", [], true),
            // As every slice has them.
            ("all", ["SELECT index_ledger_slice('bench_write')"], true),
        ]
        var made: [Window] = []
        try windows(
            rows, campaign: 1 << 20, tenant: tenant, slice: LedgerSlice(number: 1, salt: [1]),
            from: Timestamp.now.micros, people: UInt64(max(1, rows / 20))
        ) { made.append($0) }
        let windows = made
        var rates: [String: [Double]] = [:]
        for _ in 0..<3 {
            for variant in variants {
                try await database.run { session in
                    try session.execute("DROP TABLE IF EXISTS bench_write; CREATE TABLE bench_write (LIKE ledger)")
                    for statement in variant.sql { try session.execute(statement) }
                }
                let start = ContinuousClock.now
                try await database.run { session in
                    for window in windows {
                        try store(window, in: "bench_write", withRollups: variant.withRollups, on: session)
                    }
                }
                rates[variant.name, default: []].append(Double(rows) / start.duration(to: .now).seconds)
                try await database.run {
                    try $0.execute("DELETE FROM rollup_delta WHERE campaign = 1 << 20; DROP TABLE bench_write")
                }
            }
        }
        await database.close()
        return "{" + rates.map { "\"\($0.key)\": \(Int($0.value.sorted()[1]))" }.sorted().joined(separator: ", ") + "}"
    }
}
