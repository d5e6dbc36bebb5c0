import Domain

/// Finds the messages that receipts are about: by our own number where one carries it, else by the provider's
/// reference. Only a row of the same provider account counts: who can call back as one account can say nothing about
/// what was sent through another.
struct LedgerSearch {
    /// What one receipt says of its message.
    struct Wanted {
        var provider: Int64
        var message: MessageID?
        /// In every spelling under which it may have been stored.
        var references: [String]
    }

    enum Depth {
        /// What was written last: nearly every receipt is about a message of the last minutes.
        case recent
        case everything
    }

    private let session: PostgresSession
    private static let recentSlices = 3
    /// Up to so many values each is looked up in the slice's index; beyond that one pass over its rows is quicker.
    private static let few = 12
    /// The end of a slice that is searched before the rest of it, in pages of 8 KiB.
    private static let tail: Int64 = 8192
    private static let end: Int64 = 4_294_967_294

    init(_ session: PostgresSession) { self.session = session }

    /// For each of the wanted all the rows of its message that were found; none where there is no such message, or not yet.
    func find(_ wanted: [Wanted], _ depth: Depth) throws -> [[LedgerAttempt]] {
        var found = [[LedgerAttempt]](repeating: [], count: wanted.count)
        try search(wanted, depth, into: &found)
        // A reference leads to an attempt. Where the message went on from there, its end lies elsewhere.
        var goOn: [Int] = []
        var again: [Wanted] = []
        for (place, rows) in found.enumerated() {
            guard let first = rows.first, !Self.isWhole(rows) else { continue }
            goOn.append(place)
            again.append(Wanted(provider: wanted[place].provider, message: first.message, references: []))
        }
        // Found by number, nothing more is there.
        guard !again.isEmpty else { return found }
        var more = [[LedgerAttempt]](repeating: [], count: again.count)
        try search(again, depth, into: &more)
        for (place, rows) in zip(goOn, more) { found[place] = rows }
        return found
    }

    private func search(_ wanted: [Wanted], _ depth: Depth, into found: inout [[LedgerAttempt]]) throws {
        var open = Array(wanted.indices)
        let slices = try session.query(
            "SELECT number, state = 'open' AS is_open FROM ledger_slice WHERE state <> 'ahead' ORDER BY number DESC"
        ).map { (LedgerSlice(number: Int(try $0.int("number")), salt: []), try $0.bool("is_open")) }
        for (slice, _) in depth == .recent ? Array(slices.prefix(Self.recentSlices)) : slices {
            for pages in try parts(of: slice, count: open.count) {
                guard !open.isEmpty else { return }
                let rows = try read(slice, pages, open.map { wanted[$0] })
                let byMessage = Dictionary(grouping: rows, by: \.message)
                let byReference = Dictionary(grouping: rows, by: \.reference)
                open.removeAll { place in
                    let one = wanted[place]
                    if let message = one.message, let rows = byMessage[message] { found[place] += rows }
                    if found[place].contains(where: { $0.provider == one.provider }) {
                        return Self.isWhole(found[place])
                    }
                    let match = one.references.lazy.compactMap { byReference[$0] }.joined()
                        .filter { $0.provider == one.provider }.max { ($0.at, $0.message) < ($1.at, $1.message) }
                    guard let match, let rows = byMessage[match.message] else { return false }
                    found[place] = rows
                    return true
                }
            }
        }
        // What another account sent is none of this one's business.
        for place in open where !found[place].contains(where: { $0.provider == wanted[place].provider }) {
            found[place] = []
        }
    }

    /// Whether the row is there that ended the message first: whatever corrects it is newer, and lies in the same slice.
    private static func isWhole(_ rows: [LedgerAttempt]) -> Bool { rows.contains { $0.final && $0.was == 0 } }

    /// The newest pages of a large slice first, where it would be read through.
    private func parts(of slice: LedgerSlice, count: Int) throws -> [Range<Int64>] {
        let pages =
            try session.query("SELECT pg_relation_size($1::text::regclass) / 8192 AS pages", [.text(slice.table)])[0]
            .int("pages")
        guard count > Self.few, pages > Self.tail * 2 else { return [0..<Self.end] }
        return [pages - Self.tail..<Self.end, 0..<pages - Self.tail]
    }

    private func read(_ slice: LedgerSlice, _ pages: Range<Int64>, _ wanted: [Wanted]) throws -> [LedgerAttempt] {
        let messages = Array(Set(wanted.compactMap { $0.message?.rawValue }))
        let hashes = Array(Set(wanted.flatMap { $0.references.map(ReferenceHash.of) }).subtracting([0]))
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
