import Domain

/// A search's conditions as they are held against rows of archives. What a row's campaign says is read once.
struct ArchiveQuery: Sendable {
    let query: LedgerQuery
    /// Nil: any.
    private let campaigns: Set<Int64>?
    /// Before this instant, and behind the cursor.
    private let cursor: LedgerCursor?
    private let from: Int64
    private let to: Int64
    private let states: UInt64
    private let referenceHash: Int64?

    init(_ query: LedgerQuery, after cursor: LedgerCursor?, on session: PostgresSession) throws {
        self.query = query
        self.cursor = cursor
        from = query.from?.micros ?? .min
        to = query.to?.micros ?? .max
        states = query.states.reduce(0) { $0 | ArchiveIndexEntry.bit(Int64($1.rawValue)) }
        referenceHash = query.reference.map { ReferenceHash.of($0) }
        guard query.sources != nil || query.category != nil else {
            campaigns = nil
            return
        }
        campaigns = Set(
            try session.query(
                """
                SELECT id FROM campaign WHERE ($1::bigint IS NULL OR tenant = $1) AND ($2::bigint[] IS NULL OR source = ANY ($2))
                   AND ($3::bigint IS NULL OR category = $3)
                """,
                [
                    .optional(query.tenant), query.sources.map { .intArray($0.sorted()) } ?? .null,
                    .optional(query.category.map { Int64($0.code) }),
                ]
            ).map { try $0.int("id") })
    }

    // MARK: Without reading a block

    /// The blocks of a file that may have rows, by their places.
    func blocks(of file: ArchiveFile) throws(ArchiveFault) -> [Int] {
        var places: Set<Int>?
        if let recipient = query.recipient {
            var found: Set<Int> = []
            for key in recipient.searchKeys { found.formUnion(try file.blocks(having: key, as: .recipient)) }
            places = found
        }
        if let referenceHash {
            let found = Set(try file.blocks(having: referenceHash, as: .reference))
            places = places?.intersection(found) ?? found
        }
        var fitting: [Int] = []
        for place in file.index.indices where fits(file.index[place]) {
            if places?.contains(place) ?? true { fitting.append(place) }
        }
        return fitting
    }

    private func fits(_ entry: ArchiveIndexEntry) -> Bool {
        guard entry.atTo >= from, entry.atFrom < to else { return false }
        if let cursor, entry.atFrom > cursor.at.micros { return false }
        if let campaign = query.campaign, entry.messageTo < campaign << 35 || entry.messageFrom >= (campaign + 1) << 35
        {
            return false
        }
        if states != 0, entry.states & states == 0 { return false }
        if let channel = query.channel, entry.channels & ArchiveIndexEntry.bit(Int64(channel.code)) == 0 {
            return false
        }
        if let tenant = query.tenant, entry.tenants & ArchiveIndexEntry.bit(tenant) == 0 { return false }
        if let providers = query.providers {
            guard providers.contains(where: { entry.providers & ArchiveIndexEntry.bit($0) != 0 }) else { return false }
        }
        return true
    }

    // MARK: Rows

    /// The rows of a block that fit, in their order.
    func rows(of block: ArchiveBlock) -> [Int] { (0..<block.count).filter { fits(block, $0) } }

    private func fits(_ block: ArchiveBlock, _ row: Int) -> Bool {
        if let recipient = query.recipient, !recipient.searchKeys.contains(block[.search, row]) { return false }
        let at = block[.at, row] &+ postgresEpochMicros
        guard at >= from, at < to else { return false }
        if let tenant = query.tenant, block[.tenant, row] != tenant { return false }
        if let campaign = query.campaign, block[.message, row] >> 35 != campaign { return false }
        if states != 0, ArchiveIndexEntry.bit(block[.state, row]) & states == 0 { return false }
        if let channel = query.channel, block[.channel, row] != Int64(channel.code) { return false }
        if let providers = query.providers, !providers.contains(block[.provider, row]) { return false }
        if let campaigns, !campaigns.contains(block[.campaign, row]) { return false }
        if let country = query.country, !block[.country, row].elementsEqual(country.code.utf8) { return false }
        if let reference = query.reference {
            let text = String(decoding: block[.reference, row], as: UTF8.self)
            guard text == reference || ReferenceHash.parts(text).contains(where: { $0 == reference }) else {
                return false
            }
        }
        if let cursor {
            let place = (at, block[.message, row], block[.attempt, row], block[.state, row])
            guard place < (cursor.at.micros, cursor.message, cursor.attempt, cursor.state) else { return false }
        }
        return true
    }
}
