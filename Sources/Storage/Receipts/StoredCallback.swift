import Domain

/// A callback on its way in.
package struct StoredCallback: Sendable {
    package var provider: Int64
    package var receivedAt: Timestamp
    /// What makes it the same as another one: URL and body.
    package var identity: [UInt8]
    /// All of it, in the notation of whoever reads it. It is sealed here.
    package var content: [UInt8]

    package init(provider: Int64, receivedAt: Timestamp, identity: [UInt8], content: [UInt8]) {
        self.provider = provider
        self.receivedAt = receivedAt
        self.identity = identity
        self.content = content
    }
}

/// new -> applied | parked | unreadable | ignored; parked -> applied | expired.
package enum CallbackState: String, Sendable, Hashable, CaseIterable {
    case new
    /// What it says is in the books.
    case applied
    /// Its message was not found: it may be early, and is looked at again.
    case parked
    /// Nobody can make sense of it: for a person to look at.
    case unreadable
    /// It never found a message.
    case expired
    /// It says nothing that anything follows from.
    case ignored
}

/// A callback as it lies in the store, unsealed.
package struct CallbackEntry: Sendable, Hashable {
    package let id: Int64
    package let receivedAt: Timestamp
    package let dueAt: Timestamp
    package let provider: Int64
    package let providerName: String
    package let day: Int64
    package let repeats: Int64
    package let tries: Int
    package let state: CallbackState
    package let note: String
    /// Which of the things it says are still to be applied; nil for all.
    package let openEvents: Set<Int>?
    package let content: [UInt8]

    static let selection = """
        SELECT c.*, coalesce(p.name, '') AS provider_name, d.salt FROM callback c
          JOIN day_part d ON d.parent = 'callback' AND d.day = c.day LEFT JOIN provider p ON p.id = c.provider
        """

    init(row: PostgresRow, keys: KeyRing) throws(StorageError) {
        id = try row.int("id")
        receivedAt = try row.time("received_at")
        dueAt = try row.time("due_at")
        provider = try row.int("provider")
        providerName = try row.text("provider_name")
        day = try row.int("day")
        repeats = try row.int("repeats")
        tries = Int(try row.int("tries"))
        state = CallbackState(rawValue: try row.text("state")) ?? .new
        note = try row.text("note")
        let open = try row.text("open_events").split(separator: ",").compactMap { Int($0) }
        openEvents = open.isEmpty ? nil : Set(open)
        let cipher = keys.callbackCipher(DayPart(.callbacks, day: Int(day), salt: try row.bytes("salt")))
        content = try Box.open(row.bytes("sealed"), with: cipher, context: "callback")
    }
}
