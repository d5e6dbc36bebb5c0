import Domain

/// The endpoints' queues: what is due is taken up by whichever process comes first, and held for a lease.
package struct WebhookQueue: Sendable {
    private let database: Database
    private let keys: KeyRing

    package init(database: Database, keys: KeyRing) {
        self.database = database
        self.keys = keys
    }

    /// How much may be under way.
    package struct Room: Sendable {
        package var total: Int
        /// For one endpoint.
        package var each: Int
        /// For all endpoints that fail, one each.
        package var failing: Int

        package init(total: Int, each: Int, failing: Int) {
            self.total = total
            self.each = each
            self.failing = failing
        }
    }

    /// Takes up what is due. `busy` says how many each endpoint has under way in this process.
    package func claim(_ room: Room, busy: [Int64: Int], lease: Duration) async throws -> [WebhookDelivery] {
        guard room.total > 0 else { return [] }
        let busy = busy.sorted { $0.key < $1.key }
        let keys = keys
        return try await database.transaction { session in
            let taken = try session.query(
                """
                SELECT endpoint, subject, event, day FROM claim_webhooks($1::int, $2::int, $3::int, $4::bigint[]::int[],
                    $5::bigint[]::int[], $6 * interval '1 microsecond')
                """,
                [
                    .number(room.total), .number(room.each), .number(room.failing), .intArray(busy.map(\.key)),
                    .intArray(busy.map { Int64($0.value) }), .int(lease.wholeMicroseconds),
                ])
            guard taken.count > 0 else { return [] }
            return try session.query(
                WebhookDelivery.selection,
                [
                    .intArray(taken.map { try $0.int("endpoint") }), .intArray(taken.map { try $0.int("subject") }),
                    .intArray(taken.map { try $0.int("event") }), .intArray(taken.map { try $0.int("day") }),
                ]
            ).map { try WebhookDelivery(row: $0, keys: keys) }
        }
    }

    /// What became of a delivery.
    package struct Settled: Sendable {
        package enum Result: Sendable, Hashable {
            case told
            case again(after: Duration)
            case givenUp
            /// There was nothing to tell any more.
            case gone
        }

        package let delivery: WebhookDelivery
        package let result: Result
        /// HTTP's; 0 where no answer came.
        package let status: Int
        package let note: String

        package init(_ delivery: WebhookDelivery, _ result: Result, status: Int, note: String) {
            self.delivery = delivery
            self.result = result
            self.status = status
            self.note = note
        }

        fileprivate var code: Int64 {
            switch result {
            case .told: 0
            case .again: 1
            case .givenUp: 2
            case .gone: 3
            }
        }

        fileprivate var wait: Int64 { if case .again(let wait) = result { wait.wholeMicroseconds } else { 0 } }
    }

    /// An endpoint that was just disabled.
    package struct Disabled: Sendable, Hashable {
        package let id: Int64
        package let tenant: Int64
        package let url: String
        package let note: String
    }

    /// Stores what became of deliveries; returns the endpoints that are disabled by it: where nothing arrived for
    /// `patience`, and who said that he is gone.
    package func settle(_ settled: [Settled], patience: Duration) async throws -> [Disabled] {
        guard !settled.isEmpty else { return [] }
        return try await database.transaction { session in
            try session.query(
                """
                SELECT * FROM settle_webhooks($1::bigint[]::int[], $2, $3, $4::bigint[]::int[], $5::bigint[]::int[], $6,
                    $7::bigint[]::int[], $8, $9 * interval '1 microsecond')
                """,
                [
                    .intArray(settled.map(\.delivery.endpoint)), .intArray(settled.map(\.delivery.subject)),
                    .intArray(settled.map(\.delivery.event)), .intArray(settled.map { Int64($0.delivery.attempt) }),
                    .intArray(settled.map(\.code)), .intArray(settled.map(\.wait)),
                    .intArray(settled.map { Int64($0.status) }), .textArray(settled.map(\.note)),
                    .int(patience.wholeMicroseconds),
                ]
            ).map {
                Disabled(
                    id: try $0.int("id"), tenant: try $0.int("tenant"), url: try $0.text("url"),
                    note: try $0.text("note"))
            }
        }
    }

    /// Forgets what waits for events that are gone, or for endpoints that were removed.
    package func prune() async throws {
        try await database.run { try $0.execute("SELECT prune_webhooks()") }
    }
}
