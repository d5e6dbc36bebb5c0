import Domain

/// Finds the messages that receipts are about: by our own number where one carries it, else by the provider's
/// reference. Only a row of the same provider account counts: who can call back as one account can say nothing about
/// what was sent through another. Where a worker died nobody knows through which account a message went: there each that
/// its tenant may use counts, if it names our own number.
struct LedgerSearch {
    /// What one receipt says of its message.
    struct Wanted {
        var provider: Int64
        var message: MessageID?
        /// In every spelling under which it may have been stored, the likeliest first.
        var references: [String]
        /// The address as the provider writes it, where it is told.
        var recipient: String?
    }

    enum Depth {
        /// What was written last: nearly every receipt is about a message of the last minutes.
        case recent
        case everything
    }

    private let session: PostgresSession
    /// Whether a row's recipient is the one that a provider names.
    private let isRecipient: (LedgerAttempt, String) throws -> Bool
    private static let recentSlices = 3
    private static let recentDays = 2
    /// Up to so many values each is looked up in the slice's index; beyond that one pass over its rows is quicker.
    private static let few = 12
    /// The end of a slice that is searched before the rest of it, in pages of 8 KiB.
    private static let tail: Int64 = 8192
    private static let end: Int64 = 4_294_967_294

    init(_ session: PostgresSession, isRecipient: @escaping (LedgerAttempt, String) throws -> Bool) {
        self.session = session
        self.isRecipient = isRecipient
    }

    /// For each of the wanted all the rows of its message that were found; none where there is no such message, or not yet.
    func find(_ wanted: [Wanted], _ depth: Depth) throws -> [[LedgerAttempt]] {
        var found = try search(wanted, depth)
        try findParts(wanted, depth, into: &found)
        // A reference leads to an attempt. Where the message went on from there, its end lies elsewhere.
        let goOn = found.indices.filter { !found[$0].isEmpty && !Self.isWhole(found[$0]) }
        let more = try search(
            goOn.map {
                Wanted(provider: wanted[$0].provider, message: found[$0][0].message, references: [], recipient: nil)
            }, depth)
        for (place, rows) in zip(goOn, more) where !rows.isEmpty { found[place] = rows }
        try addNewer(into: &found)
        return found
    }

    /// A message that ended may have gone on by another channel after its slice was closed.
    private func addNewer(into found: inout [[LedgerAttempt]]) throws {
        let oldest = found.compactMap { $0.map(\.slice).min() }.min()
        guard let oldest else { return }
        let newer = try session.query(
            "SELECT number FROM ledger_slice WHERE state <> 'ahead' AND number > $1 ORDER BY number", [.int(oldest)])
        for i in 0..<newer.count {
            let slice = LedgerSlice(number: Int(try newer[i].int("number")), salt: [])
            let places = found.indices.filter { place in
                !found[place].isEmpty && found[place].allSatisfy { $0.slice < slice.number }
            }
            guard !places.isEmpty else { continue }
            let wanted = places.map {
                Wanted(provider: 0, message: found[$0][0].message, references: [], recipient: nil)
            }
            let rows = Dictionary(grouping: try read(slice, 0..<Self.end, wanted), by: \.message)
            for place in places { found[place] += rows[found[place][0].message] ?? [] }
        }
    }

    /// References of a message's further parts lead to its number.
    private func findParts(_ wanted: [Wanted], _ depth: Depth, into found: inout [[LedgerAttempt]]) throws {
        let open = wanted.indices.filter { found[$0].isEmpty && !wanted[$0].references.isEmpty }
        guard !open.isEmpty else { return }
        let days = depth == .recent ? "interval '\(Self.recentDays) days'" : "interval '10 years'"
        let rows = try session.query(
            """
            SELECT r.hash, r.message, r.provider FROM reference_part r
             WHERE r.hash IN (SELECT v FROM unnest($1::bigint[]) v) AND r.day >= day_number(now() - \(days))
            """, [.intArray(Array(Set(open.flatMap { wanted[$0].references.map { ReferenceHash.of($0) } })))])
        var numbers: [Int64: [(message: MessageID, provider: Int64)]] = [:]
        for i in 0..<rows.count {
            numbers[try rows[i].int("hash"), default: []].append(
                (MessageID(rawValue: try rows[i].int("message")), try rows[i].int("provider")))
        }
        var again: [(place: Int, wanted: Wanted)] = []
        for place in open {
            for reference in wanted[place].references {
                for (message, provider) in numbers[ReferenceHash.of(reference)] ?? []
                where provider == wanted[place].provider {
                    var one = wanted[place]
                    one.message = message
                    again.append((place, one))
                }
            }
        }
        for (one, rows) in zip(again, try search(again.map(\.wanted), depth)) where found[one.place].isEmpty {
            if try rows.contains(where: { try accepts($0, one.wanted) }) { found[one.place] = rows }
        }
    }

    // MARK: In the ledger

    private func search(_ wanted: [Wanted], _ depth: Depth) throws -> [[LedgerAttempt]] {
        var found = [[LedgerAttempt]](repeating: [], count: wanted.count)
        var open = Array(wanted.indices)
        guard !open.isEmpty else { return found }
        let slices = try session.query("SELECT number FROM ledger_slice WHERE state <> 'ahead' ORDER BY number DESC")
            .map { LedgerSlice(number: Int(try $0.int("number")), salt: []) }
        for slice in depth == .recent ? Array(slices.prefix(Self.recentSlices)) : slices {
            for pages in try parts(of: slice, count: open.count) where !open.isEmpty {
                let rows = try read(slice, pages, open.map { wanted[$0] })
                try take(rows, for: wanted, &open, into: &found)
            }
        }
        // What another account sent is none of this one's business.
        for place in open where try !isOwn(found[place], of: wanted[place]) { found[place] = [] }
        return found
    }

    private func take(
        _ rows: [LedgerAttempt], for wanted: [Wanted], _ open: inout [Int], into found: inout [[LedgerAttempt]]
    ) throws {
        let byMessage = Dictionary(grouping: rows, by: \.message)
        let byHash = Dictionary(grouping: rows, by: \.referenceHash)
        var left: [Int] = []
        for place in open {
            let one = wanted[place]
            if let message = one.message, let rows = byMessage[message] { found[place] += rows }
            if try isOwn(found[place], of: one) {
                if !Self.isWhole(found[place]) { left.append(place) }
                continue
            }
            let candidates = one.references.flatMap { byHash[ReferenceHash.of($0)] ?? [] }
            let match = try candidates.filter { try accepts($0, one) }
                .min {
                    ($0.place(among: one.references) ?? .max, $1.at) < ($1.place(among: one.references) ?? .max, $0.at)
                }
            if let match { found[place] = byMessage[match.message] ?? [] } else { left.append(place) }
        }
        open = left
    }

    /// Whether an account may say something about a message.
    private func isOwn(_ rows: [LedgerAttempt], of wanted: Wanted) throws -> Bool {
        if rows.contains(where: { $0.provider == wanted.provider }) { return true }
        guard let lost = rows.first(where: { $0.isLost && $0.message == wanted.message }) else { return false }
        return try session.query(
            """
            SELECT FROM provider p WHERE p.id = $1 AND (p.tenant = $2
                OR EXISTS (SELECT FROM provider_grant g WHERE g.provider = p.id AND g.tenant = $2)
                OR p.tenant IS NULL AND NOT EXISTS (SELECT FROM provider_grant g WHERE g.provider = p.id))
            """, [.int(wanted.provider), .int(lost.tenant)]
        ).count > 0
    }

    /// The likeliest spelling is certain; one that is only another way to write the same number must be about the
    /// same recipient.
    private func accepts(_ row: LedgerAttempt, _ wanted: Wanted) throws -> Bool {
        guard row.provider == wanted.provider, let place = row.place(among: wanted.references) else { return false }
        guard place > 0, let recipient = wanted.recipient else { return true }
        return try isRecipient(row, recipient)
    }

    /// Whether the row is there that ended the message first: whatever corrects it is newer, and lies in the same slice.
    private static func isWhole(_ rows: [LedgerAttempt]) -> Bool { rows.contains { $0.final && $0.was == 0 } }

    /// The newest pages of a large slice first, where it would be read through.
    private func parts(of slice: LedgerSlice, count: Int) throws -> [Range<Int64>] {
        let pages = try slice.pages(on: session)
        guard count > Self.few, pages > Self.tail * 2 else { return [0..<Self.end] }
        return [pages - Self.tail..<Self.end, 0..<pages - Self.tail]
    }

    private func read(_ slice: LedgerSlice, _ pages: Range<Int64>, _ wanted: [Wanted]) throws -> [LedgerAttempt] {
        let messages = Array(Set(wanted.compactMap { $0.message?.rawValue }))
        let hashes = Array(Set(wanted.flatMap { $0.references.map { ReferenceHash.of($0) } }).subtracting([0]))
        var rows: [LedgerAttempt] = []
        if messages.count + hashes.count <= Self.few {
            for message in messages { rows += try read(slice, "l.message = $1", [.int(message)]) }
            for hash in hashes { rows += try read(slice, "l.reference_hash = $1", [.int(hash)], except: messages) }
            return rows
        }
        // The planner takes an array for short and would look each value up on its own.
        try session.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_bitmapscan = off")
        let bounds = [pages.lowerBound, pages.upperBound].map { PostgresValue.text("(\($0),0)") }
        let among = "IN (SELECT v FROM unnest($1::bigint[]) v) AND l.ctid >= $2::text::tid AND l.ctid < $3::text::tid"
        if !messages.isEmpty { rows += try read(slice, "l.message \(among)", [.intArray(messages)] + bounds) }
        if !hashes.isEmpty {
            rows += try read(slice, "l.reference_hash \(among)", [.intArray(hashes)] + bounds, except: messages)
        }
        try session.execute("SET LOCAL enable_nestloop = on; SET LOCAL enable_bitmapscan = on")
        return rows
    }

    /// `known` messages were read already: no row comes twice.
    private func read(
        _ slice: LedgerSlice, _ condition: String, _ values: [PostgresValue], except known: [Int64] = []
    ) throws -> [LedgerAttempt] {
        let known = Set(known)
        return try session.query("SELECT \(LedgerAttempt.columns) FROM \(slice.table) l WHERE \(condition)", values)
            .map { try LedgerAttempt(row: $0) }.filter { !known.contains($0.message.rawValue) }
    }
}
