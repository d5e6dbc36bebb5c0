import Domain

/// What is looked for in the ledger. Every condition that is given must hold.
package struct LedgerQuery: Sendable, Hashable {
    /// A person, by one address in all the spellings under which it may have been stored.
    package struct Recipient: Sendable, Hashable {
        let searchKeys: [Int64]
        let spellings: Set<String>

        /// `address` is in its normal form. The part of an email address before the @ is kept as it was written, and
        /// nobody remembers how: it is looked for in the usual spellings.
        package init(_ kind: AddressKind, address: String, hash: KeyedHash) {
            let spellings = kind == .email ? Self.spellings(ofEmail: address) : [address]
            self.spellings = Set(spellings)
            searchKeys = self.spellings.sorted().map { hash.recipient(kind, Array($0.utf8).span).searchKey }
        }

        /// `jane.doe@`, `JANE.DOE@`, `Jane.doe@`, `Jane.Doe@`, and as it was typed.
        package static func spellings(ofEmail address: String) -> [String] {
            guard let at = address.lastIndex(of: "@") else { return [address] }
            let (local, domain) = (String(address[..<at]), address[at...])
            let small = local.lowercased()
            let isBoundary: (Character) -> Bool = { !$0.isLetter && !$0.isNumber }
            var capitals = ""
            var isStart = true
            for character in small {
                capitals += isStart ? character.uppercased() : String(character)
                isStart = isBoundary(character)
            }
            let first = small.prefix(1).uppercased() + small.dropFirst()
            return [local, small, local.uppercased(), first, capitals].map { $0 + domain }
        }
    }

    /// Nil: all tenants'.
    package var tenant: Int64?
    package var recipient: Recipient?
    /// Any of these; of a name there may be several, one after the other.
    package var sources: Set<Int64>?
    package var campaign: Int64?
    package var channel: Channel?
    package var category: Category?
    /// Rows that say so, whatever corrected them afterwards.
    package var states: Set<MessageState> = []
    package var providers: Set<Int64>?
    /// As the provider named the message, or one of its parts.
    package var reference: String?
    package var country: Region?
    /// From the first on, and before the second.
    package var from: Timestamp?
    package var to: Timestamp?

    package init(tenant: Int64?) { self.tenant = tenant }

    /// Whether an index leads to few rows: then all of them are read, else as much time as fills a page.
    var isNarrow: Bool { recipient != nil || reference != nil }
}

/// Where a page of found rows ended. Rows are in the order of their times, the newest first.
package struct LedgerCursor: Sendable, Hashable {
    package let at: Timestamp
    package let message: Int64
    package let attempt: Int64
    package let state: Int64

    package init(after entry: LedgerEntry) {
        at = entry.at
        message = entry.message.rawValue
        attempt = Int64(entry.attempt)
        state = Int64(entry.state.rawValue)
    }

    /// Four numbers to the base of 36.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int64($0, radix: 36) }
        guard parts.count == 4, let at = parts[0], let message = parts[1], let attempt = parts[2], let state = parts[3],
            (0...32767).contains(attempt), (0...32767).contains(state)
        else { return nil }
        self.at = Timestamp(micros: at)
        self.message = message
        self.attempt = attempt
        self.state = state
    }

    package var text: String {
        [at.micros, message, attempt, state].map { String($0, radix: 36) }.joined(separator: ".")
    }
}

extension LedgerQuery {
    /// Before this slice there is nothing that fits: a campaign has rows from its first one on.
    func firstSlice(on session: PostgresSession) throws -> Int64 {
        guard let campaign else { return 0 }
        return try session.query("SELECT first_slice FROM campaign WHERE id = $1", [.int(campaign)]).first?
            .int("first_slice") ?? 0
    }
}

/// Until when a search may take, wherever it looks.
struct SearchDeadline: Sendable {
    private let limit: Duration
    private let end: ContinuousClock.Instant

    init(_ limit: Duration) {
        self.limit = limit
        end = .now + limit
    }

    func check() throws(SearchTookTooLong) {
        if ContinuousClock.now > end { throw SearchTookTooLong(limit: limit) }
    }
}

/// A search was stopped because it would have kept the database busy for too long.
package struct SearchTookTooLong: Error, Sendable, CustomStringConvertible {
    package let limit: Duration

    package var description: String {
        "The search took longer than \(limit.wholeMilliseconds / 1000) seconds and was stopped. Name a recipient, a campaign "
            + "or a shorter time."
    }
}
