import Domain

/// The dead letters: finding them, and laying them aside. `Replay` sends them again.
package struct DeadLetterStore: Sendable {
    /// Which are meant; what is nil does not matter.
    package struct Filter: Sendable, Hashable {
        package var messages: [MessageID]?
        package var tenant: Int64?
        package var campaign: Int64?
        /// What the reason begins with.
        package var reason: String?
        package var since: Timestamp?
        package var state: DeadLetterState?

        package init() {}
    }

    let database: Database

    package init(database: Database) { self.database = database }

    private static let condition = """
        ($1::bigint[] IS NULL OR d.message = ANY ($1)) AND ($2::bigint IS NULL OR d.tenant = $2)
           AND ($3::bigint IS NULL OR d.campaign = $3) AND ($4::text IS NULL OR starts_with(d.reason, $4))
           AND ($5::timestamptz IS NULL OR d.at >= $5) AND ($6::text IS NULL OR d.state = $6)
        """

    private static func values(_ filter: Filter) -> [PostgresValue] {
        [
            filter.messages.map { .intArray($0.map(\.rawValue)) } ?? .null, .optional(filter.tenant),
            .optional(filter.campaign), .optional(filter.reason), .optional(filter.since),
            .optional(filter.state?.rawValue),
        ]
    }

    /// The newest first.
    package func letters(_ filter: Filter, limit: Int) async throws -> [DeadLetter] {
        try await database.run { session in
            try session.query(
                "\(DeadLetter.selection) WHERE \(Self.condition) ORDER BY d.at DESC, d.message LIMIT $7",
                Self.values(filter) + [.number(limit)]
            ).map { try DeadLetter(row: $0) }
        }
    }

    /// A page of them by their numbers, which grow with time: those below `before`, the highest first.
    package func page(_ filter: Filter, before: MessageID?, limit: Int) async throws -> [DeadLetter] {
        try await database.run { session in
            try session.query(
                """
                \(DeadLetter.selection) WHERE \(Self.condition) AND ($7::bigint IS NULL OR d.message < $7)
                 ORDER BY d.message DESC LIMIT $8
                """, Self.values(filter) + [.optional(before?.rawValue), .number(limit)]
            ).map { try DeadLetter(row: $0) }
        }
    }

    /// The numbers of the open ones by their campaigns, in order.
    package func open(_ filter: Filter) async throws -> [Int64: [MessageID]] {
        var filter = filter
        filter.state = .open
        let values = Self.values(filter)
        return try await database.run { session in
            let rows = try session.query(
                "SELECT d.campaign, d.message FROM dead_letter d WHERE \(Self.condition) ORDER BY d.message", values)
            var found: [Int64: [MessageID]] = [:]
            for i in 0..<rows.count {
                found[try rows[i].int("campaign"), default: []].append(
                    MessageID(rawValue: try rows[i].int("message")))
            }
            return found
        }
    }

    /// Lays open ones aside; returns how many.
    package func discard(_ filter: Filter, audit: AuditOrigin? = nil) async throws -> Int {
        var open = filter
        open.state = .open
        let values = Self.values(open)
        return try await database.transaction { session in
            let count = try session.query(
                "UPDATE dead_letter d SET state = 'discarded', settled_at = now() WHERE \(Self.condition) RETURNING 1",
                values
            ).count
            if let audit = audit ?? database.origin, count > 0 {
                try AuditEntry(
                    "deadletter.discard", "\(count) messages", by: audit, tenant: filter.tenant,
                    after: ["campaign": filter.campaign.map { .int($0) } ?? .null]
                ).store(on: session)
            }
            return count
        }
    }

    /// Forgets what was settled a quarter of a year ago.
    package func prune() async throws {
        try await database.run {
            try $0.execute("DELETE FROM dead_letter WHERE settled_at < now() - interval '90 days'")
        }
    }

    /// Marks open ones as sent again by a campaign that the same transaction makes. Another replay that was quicker
    /// leaves fewer than there should be: nothing is sent then.
    static func settle(_ messages: [MessageID], replay campaign: Int64, on session: PostgresSession) throws {
        let settled = try session.query(
            """
            UPDATE dead_letter SET state = 'replayed', replay = $2, settled_at = now()
             WHERE message = ANY ($1) AND state = 'open' RETURNING 1
            """, [.intArray(messages.map(\.rawValue)), .int(campaign)]
        ).count
        guard settled == messages.count else { throw StorageError.serializationFailure }
    }
}
