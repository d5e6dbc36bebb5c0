import Domain

/// A campaign that came back from a backup and waits: what confirming it would start.
package struct RestoredWork: Sendable, Hashable {
    package let campaign: Int64
    package let tenantName: String
    package let name: String
    package let isStream: Bool
    /// Where it goes back to.
    package let state: CampaignState
    /// Messages that were not on their way yet; those that were left out are among them.
    package let unsent: Int64
    /// Of these, what was due by then: the lost Herald may have sent them after the backup.
    package let dueBefore: Int64
    /// On their way at the moment of the backup: in doubt whatever is decided.
    package let inDoubt: Int64
    package let firstDue: Timestamp?
}

/// When what is held came back, and how old it was.
package struct Restoration: Sendable, Hashable {
    package let backupAt: Timestamp
    package let restoredAt: Timestamp
}

/// What a person decides about restored work.
package struct RestoreDecision: Sendable {
    /// Until when the Herald that was lost may have sent.
    package var workedUntil: Timestamp
    /// Campaigns of which it surely sent nothing after the backup.
    package var unsent: [Int64] = []
    package var cancelled: [Int64] = []
    package var cancelsAll = false

    package init(workedUntil: Timestamp) { self.workedUntil = workedUntil }
}

/// What came back from a backup, and its release.
package struct RestoreStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// Nil where nothing waits for a confirmation.
    package func pending() async throws -> Restoration? {
        try await database.run { session in
            try session.query(
                """
                SELECT backup_at, restored_at FROM restoration
                 WHERE confirmed_at IS NULL AND (EXISTS (SELECT FROM campaign WHERE state = 'restored') OR EXISTS (SELECT FROM webhook_delivery WHERE state = 'restored'))
                 ORDER BY id DESC LIMIT 1
                """
            ).first.map { Restoration(backupAt: try $0.time("backup_at"), restoredAt: try $0.time("restored_at")) }
        }
    }

    /// Everything that waits, but for streams that have nothing left to do.
    package func work(workedUntil: Timestamp) async throws -> [RestoredWork] {
        try await database.run { session in
            let rows = try session.query(
                """
                SELECT c.id, t.name AS tenant_name, c.name, c.stream, c.restored_as, min(s.due_at) AS first_due,
                       coalesce(sum(s.n - s.opened), 0)::bigint AS unsent,
                       coalesce(sum(s.n - s.opened) FILTER (WHERE s.due_at <= $1), 0)::bigint AS due_before,
                       coalesce(sum(s.opened - s.closed), 0)::bigint AS in_doubt
                  FROM campaign c JOIN tenant t ON t.id = c.tenant
                  LEFT JOIN shard s ON s.campaign = c.id AND s.state <> 'done'
                 WHERE c.state = 'restored'
                 GROUP BY c.id, t.name HAVING NOT c.stream OR count(s.id) > 0 ORDER BY c.id
                """, [.time(workedUntil)])
            return try rows.map { row in
                RestoredWork(
                    campaign: try row.int("id"), tenantName: try row.text("tenant_name"), name: try row.text("name"),
                    isStream: try row.bool("stream"),
                    state: CampaignState(rawValue: try row.text("restored_as")) ?? .running,
                    unsent: try row.int("unsent"), dueBefore: try row.int("due_before"),
                    inDoubt: try row.int("in_doubt"), firstDue: try row.optionalTime("first_due"))
            }
        }
    }

    /// Webhooks that waited when the backup was taken.
    package func webhooks() async throws -> Int64 {
        try await database.run { session in
            try session.query("SELECT count(*) AS count FROM webhook_delivery WHERE state = 'restored'")[0].int("count")
        }
    }

    /// Lets it all go on, or end. Says how many messages are in doubt besides those that were on their way.
    package func confirm(_ decision: RestoreDecision, by origin: AuditOrigin) async throws -> Int64 {
        try await database.transaction { session in
            let row = try session.query(
                "SELECT * FROM confirm_restored($1, $2, $3, $4)",
                [
                    .time(decision.workedUntil), .intArray(decision.unsent), .intArray(decision.cancelled),
                    .bool(decision.cancelsAll),
                ])[0]
            let doubted = try row.int("doubted")
            try AuditEntry(
                "restore.confirm", "\(try row.int("campaigns")) campaigns", by: origin, tenant: nil,
                after: [
                    "worked_until": .string(decision.workedUntil.description), "in_doubt": .int(doubted),
                    "cancelled": .int(try row.int("cancelled")),
                ]
            ).store(on: session)
            return doubted
        }
    }
}
