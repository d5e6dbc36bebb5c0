import Domain

/// The shards' life in PostgreSQL: claim, step by step, give back, rescue.
package struct WorkStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// The tenants that have something in a lane that is due within a while.
    package func waiting(lane: Lane, within time: Duration) async throws -> [WaitingWork] {
        try await database.run { session in
            try session.query(
                "SELECT * FROM waiting_work($1::smallint, make_interval(secs => $2::bigint / 1e6))",
                [.number(lane.rawValue), .int(time.wholeMicroseconds)]
            ).map { try WaitingWork(row: $0) }
        }
    }

    /// Takes what the orders say, as far as it is due and in their order, up to `limit` in all.
    package func claim(worker: Int64, lane: Lane, orders: [ClaimOrder], limit: Int) async throws -> [ClaimedShard] {
        try await database.run { session in
            try session.query(
                """
                SELECT * FROM claim_shards($1, $2::smallint, $3::bigint[]::smallint[], $4::bigint[]::int[],
                                           $5::bigint[]::int[], $6::int)
                """,
                [
                    .int(worker), .number(lane.rawValue), .intArray(orders.map { Int64($0.work.priority.rawValue) }),
                    .intArray(orders.map(\.work.tenant)), .intArray(orders.map { Int64($0.count) }), .number(limit),
                ]
            ).map { try ClaimedShard(row: $0) }
        }
    }

    /// Stores what a window led to, closes it and opens the next one, in one transaction and one round
    /// trip. Throws `fenced`, and stores nothing, if the shard has passed to another worker.
    package func step(_ step: WindowStep) async throws -> WindowGrant {
        try await database.run { session in
            var after = Self.statements(of: step)
            after.append(
                "SELECT * FROM move_window(\(step.shard), \(step.token), \(step.from), \(step.closed), \(step.open), '\(step.horizon)')"
            )
            return try WindowGrant(row: session.copy(step.copies, then: after.joined(separator: "; "))[0])
        }
    }

    /// What a step stores beside its rows.
    private static func statements(of step: WindowStep) -> [String] {
        var after: [String] = []
        if !step.deltas.isEmpty {
            let values = step.deltas.map { Self.values(of: $0) }
            after.append("INSERT INTO rollup_delta VALUES \(values.joined(separator: ", "))")
        }
        if !step.volumes.isEmpty {
            after.append(
                "INSERT INTO price_volume_delta VALUES \(step.volumes.map(\.values).joined(separator: ", "))")
        }
        after += step.deadAddresses.map(\.statement)
        for retry in step.retries {
            after.append(
                """
                SELECT add_retry_shard(\(step.shard), to_timestamp(\(retry.due.micros)::numeric / 1000000), \
                '\\x\(hex(retry.items))', \(retry.count), \(retry.crashes))
                """)
        }
        return after
    }

    /// Ends one message of a shard that waits for its time. Says false, and stores nothing, where it is too late.
    package func cancelWaiting(_ step: WindowStep, index: Int) async throws -> Bool {
        do {
            return try await database.run { session in
                let after = Self.statements(of: step) + ["SELECT cancel_waiting(\(step.shard), \(index))"]
                return try session.copy(step.copies, then: after.joined(separator: "; ")).count > 0
            }
        } catch StorageError.rejected(state: "HR005", message: _) {
            return false
        }
    }

    /// A shard that waits, as whoever takes it up would get it; nil where there is none.
    package func shard(_ id: Int64) async throws -> (
        claimed: ClaimedShard, dueAt: Timestamp, state: String, createdAt: Timestamp
    )? {
        try await database.run { session in
            try session.query("SELECT * FROM shard WHERE id = $1", [.int(id)]).first.map {
                (try ClaimedShard(row: $0), try $0.time("due_at"), try $0.text("state"), try $0.time("created_at"))
            }
        }
    }

    /// Keeps what a step says about messages although its shard has passed to another worker: it settles
    /// the doubt that the other one records.
    package func keepLate(_ step: WindowStep) async throws {
        let copies = step.lateCopies
        guard !copies.isEmpty else { return }
        _ = try await database.run { session in try session.copy(copies, then: "SELECT 1").count }
    }

    package func applyLate() async throws -> Int64 {
        try await database.run { session in
            try session.query("SELECT apply_late_outcomes() AS rows")[0].int("rows")
        }
    }

    /// Puts a shard back, to be taken again later. A window that is still open is then in doubt: whoever takes
    /// the shard next resolves it first.
    package func release(shard: Int64, token: Int64, after delay: Duration) async throws {
        try await database.run { session in
            try session.execute(
                """
                UPDATE shard SET state = 'ready', worker = NULL,
                       due_at = CASE WHEN $3 = 0 THEN due_at
                                     ELSE greatest(due_at, clock_timestamp() + make_interval(secs => $3::bigint / 1e6)) END
                 WHERE id = $1 AND token = $2 AND state = 'taken'
                """, [.int(shard), .int(token), .int(delay.wholeMicroseconds)])
        }
    }

    /// Lets a campaign rest because its provider takes nothing for a while: others have their turn.
    package func rest(campaign: Int64, for delay: Duration) async throws {
        try await database.run { session in
            try session.execute(
                """
                UPDATE campaign SET not_before = clock_timestamp() + make_interval(secs => $2::bigint / 1e6)
                 WHERE id = $1 AND not_before < clock_timestamp() + make_interval(secs => $2::bigint / 1e6)
                """, [.int(campaign), .int(delay.wholeMicroseconds)])
        }
    }

    /// A shard's stored body, sealed; nil where it is no longer kept.
    package func storedBody(shard: Int64, kind: ShardBodyKind = .recipients) async throws -> [UInt8]? {
        try await database.run { session in
            try session.query(
                "SELECT sealed FROM shard_body WHERE shard = $1 AND kind = $2", [.int(shard), .number(kind.rawValue)]
            ).first?.bytes("sealed")
        }
    }

    /// The same where it must be there.
    package func body(shard: Int64, kind: ShardBodyKind = .recipients) async throws -> [UInt8] {
        guard let sealed = try await storedBody(shard: shard, kind: kind) else {
            throw StorageError.malformed("shard \(shard) has no body")
        }
        return sealed
    }

    /// Where a shard stands, for a worker that does not know whether its last step was stored.
    package func standing(shard: Int64, token: Int64) async throws -> (
        closed: Int, opened: Int, campaign: CampaignState
    )? {
        try await database.run { session in
            try session.query(
                """
                SELECT s.closed, s.opened, c.state FROM shard s JOIN campaign c ON c.id = s.campaign
                 WHERE s.id = $1 AND s.token = $2
                """, [.int(shard), .int(token)]
            ).first.map {
                (
                    Int(try $0.int("closed")), Int(try $0.int("opened")),
                    CampaignState(rawValue: try $0.text("state")) ?? .running
                )
            }
        }
    }

    /// The shards of an upload that hold rejected rows, in the order of the file.
    package func shardsWithRejects(campaign: Int64) async throws -> [Int64] {
        try await database.run { session in
            try session.query(
                "SELECT shard FROM shard_body WHERE campaign = $1 AND kind = 1 ORDER BY shard", [.int(campaign)]
            ).map { try $0.int("shard") }
        }
    }

    /// Starts what is due, ends what is done; says whether anything changed.
    package func advanceCampaigns() async throws -> Bool {
        try await database.run { session in
            let changed = try session.query("SELECT advance_campaigns() AS changed").first?.int("changed") ?? 0
            if changed > 0 { try session.execute("NOTIFY herald_work") }
            return changed > 0
        }
    }

    /// Ends a campaign that has nothing left to do; says whether it did.
    package func endIfDone(campaign: Int64) async throws -> Bool {
        try await database.run { session in
            try session.query("SELECT end_campaign($1) AS ended", [.int(campaign)])[0].int("ended") > 0
        }
    }

    /// Ends streams whose day is over and that have nothing left to do; says how many.
    package func endStreams(limit: Int = 1000) async throws -> Int {
        try await database.run { session in
            Int(try session.query("SELECT end_streams($1::int) AS ended", [.number(limit)])[0].int("ended"))
        }
    }

    /// How long until the next scheduled campaign is due; nil if none waits. Shards of campaigns that run have their
    /// own times: `waiting`.
    package func untilNextDue() async throws -> Duration? {
        try await database.run { session in
            let micros = try session.query(
                """
                SELECT (extract(epoch FROM min(due_at) - clock_timestamp()) * 1000000)::bigint AS micros
                  FROM campaign WHERE state = 'scheduled'
                """
            ).first?.optionalInt("micros")
            return micros.map { .microseconds(max(0, $0)) }
        }
    }

    package static func values(of delta: RollupDelta) -> String {
        let key = delta.key
        return """
            (to_timestamp(\(key.bucket.micros / 1_000_000)), \(key.campaign), \(key.provider), \(key.state.rawValue), \
            '\(key.country.code)', '\(sqlSafe(key.currency))', \(delta.messages), \(delta.attempts), \(delta.segments), \
            \(delta.cost), \(key.channel.code))
            """
    }
}

/// Which body of a shard.
package enum ShardBodyKind: Int16, Sendable {
    case recipients = 0
    case rejects = 1
}

extension WindowGrant {
    fileprivate init(row: PostgresRow) throws(StorageError) {
        guard let state = CampaignState(rawValue: try row.text("campaign_state")) else {
            throw .malformed("campaign state")
        }
        try self.init(opened: Int(try row.int("opened")), campaignState: state, policy: row)
    }

    /// With what a row says of the policy.
    init(opened: Int, campaignState: CampaignState, policy row: PostgresRow) throws(StorageError) {
        let changed = try row.bytes("changed")
        self.init(
            opened: opened, campaignState: campaignState, horizon: try row.int("horizon"),
            reloads: try row.text("reloads").split(separator: ",").compactMap { Int64($0) },
            changed: stride(from: 0, to: changed.count - 15, by: 16).compactMap {
                RecipientHash(bytes: changed[$0..<$0 + 16])
            })
    }
}

extension PostgresSession {
    /// Stores rows and then runs statements without parameters, all as one transaction in one simple query; returns
    /// the last statement's rows, in text format.
    fileprivate func copy(_ copies: [(sql: String, rows: CopyRows)], then after: String) throws -> PostgresRows {
        guard !copies.isEmpty else { return try batch(after) }
        for (place, copy) in copies.enumerated() {
            if place == 0 {
                try startCopy((copies.map(\.sql) + [after]).joined(separator: "; "))
            } else {
                try nextCopy()
            }
            try putCopy(copy.rows.bytes)
            try putCopy(CopyRows.trailer)
        }
        return try endCopy()
    }
}

/// Only letters and digits pass: for codes that stand inside a statement's text.
func sqlSafe(_ code: String) -> String {
    String(decoding: code.utf8.filter { ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x30 && $0 <= 0x39) }, as: UTF8.self)
}
