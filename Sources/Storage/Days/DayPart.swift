import Domain

/// A table's part for the rows that were stored on one day, by the database's clock.
package struct DayPart: Sendable, Hashable {
    /// Tables that are cut by days, made ahead and dropped as a whole.
    package enum Parent: String, Sendable, CaseIterable {
        case calls = "call_log"
        case callbacks = "callback"
        case references = "reference_part"
        case webhooks = "webhook_event"
        case toldWebhooks = "webhook_told"
    }

    package let parent: Parent
    /// `20261231`.
    package let day: Int
    let salt: [UInt8]

    package init(_ parent: Parent, day: Int, salt: [UInt8] = []) {
        self.parent = parent
        self.day = day
        self.salt = salt
    }

    /// The partition's table.
    package var table: String { "\(parent.rawValue)_\(day)" }
}

extension PostgresSession {
    /// The part that rows go to now. Makes the first ones.
    func currentDayPart(_ parent: DayPart.Parent) throws(StorageError) -> DayPart {
        let row = try query("SELECT day, salt FROM current_day_part($1)", [.text(parent.rawValue)])[0]
        return DayPart(parent, day: Int(try row.int("day")), salt: try row.bytes("salt"))
    }
}

/// Makes days ahead and drops old ones.
package struct DayPartStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    package func current(_ parent: DayPart.Parent) async throws -> DayPart {
        try await database.run { try $0.currentDayPart(parent) }
    }

    package func makeAhead() async throws {
        try await database.run { session in
            for parent in DayPart.Parent.allCases {
                try session.execute("SELECT make_day_parts($1)", [.text(parent.rawValue)])
            }
        }
    }

    /// Drops what is older than so many days; returns how many parts went.
    package func drop(_ parent: DayPart.Parent, olderThan days: Int) async throws -> Int {
        try await database.transaction { session in
            Int(
                try session.query(
                    "SELECT drop_day_parts($1, $2::int) AS count", [.text(parent.rawValue), .number(days)])[0]
                    .int("count"))
        }
    }
}
