import Domain

/// An archive's rows as the proof counts them: by quarter of an hour and everything else that reports tell apart. The sums
/// stay in the database when the rows are gone, so that reports and ledger can be held against each other for ever.
struct ArchiveTotals: Sendable, Hashable {
    struct Key: Hashable, Sendable {
        let bucket: Int64
        let campaign: Int64
        let channel: Int64
        let provider: Int64
        let state: Int64
        let was: Int64
        let country: String
        let currency: String
    }

    struct Sums: Hashable, Sendable {
        var rows: Int64 = 0
        var ends: Int64 = 0
        var segments: Int64 = 0
        var cost: Int64 = 0

        static func += (sum: inout Sums, more: Sums) {
            sum.rows += more.rows
            sum.ends += more.ends
            sum.segments += more.segments
            sum.cost += more.cost
        }
    }

    private(set) var groups: [Key: Sums] = [:]

    init() {}

    mutating func add(_ block: ArchiveBlock) {
        // Neighbours mostly belong together, and a look into the table costs more than everything else here.
        var last: Key?
        var sums = Sums()
        var texts: [ArraySlice<UInt8>: String] = [:]
        func text(_ bytes: ArraySlice<UInt8>) -> String {
            if let known = texts[bytes] { return known }
            let text = String(decoding: bytes, as: UTF8.self)
            texts[bytes] = text
            return text
        }
        for row in 0..<block.count {
            let at = Timestamp(micros: block[.at, row] &+ postgresEpochMicros)
            let key = Key(
                bucket: RollupDelta.bucket(of: at).micros, campaign: block[.campaign, row],
                channel: block[.channel, row], provider: block[.provider, row], state: block[.state, row],
                was: block[.was, row], country: text(block[.country, row]), currency: text(block[.currency, row]))
            if key != last {
                if let last { groups[last, default: Sums()] += sums }
                (last, sums) = (key, Sums())
            }
            sums += Sums(
                rows: 1, ends: block[.final, row], segments: block[.segments, row], cost: block[.cost, row])
        }
        if let last { groups[last, default: Sums()] += sums }
    }

    // MARK: In the database

    static let columns =
        "bucket, campaign, channel, provider, state, was, country, currency, rows, ends, segments, cost"

    static func counting(_ table: String) -> String {
        """
        SELECT date_bin('15 minutes', at, 'epoch') AS bucket, campaign, channel, provider, state, was, country, currency,
               count(*) AS rows, count(*) FILTER (WHERE final) AS ends, sum(segments)::bigint AS segments,
               sum(cost)::bigint AS cost FROM \(table) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
        """
    }

    init(rows: PostgresRows) throws {
        for place in 0..<rows.count {
            let row = rows[place]
            let key = Key(
                bucket: try row.time("bucket").micros, campaign: try row.int("campaign"),
                channel: try row.int("channel"), provider: try row.int("provider"), state: try row.int("state"),
                was: try row.int("was"), country: try row.text("country"), currency: try row.text("currency"))
            groups[key, default: Sums()] += Sums(
                rows: try row.int("rows"), ends: try row.int("ends"), segments: try row.int("segments"),
                cost: try row.int("cost"))
        }
    }

    // MARK: For people

    struct Line: Sendable, Hashable {
        let state: Int64
        let currency: String
        let sums: Sums
    }

    /// By state and currency, as they stand in the file's description.
    var lines: [Line] {
        var found: [[String]: (Int64, String, Sums)] = [:]
        for (key, sums) in groups {
            let name = [String(key.state), key.currency]
            var line = found[name] ?? (key.state, key.currency, Sums())
            line.2 += sums
            found[name] = line
        }
        return found.values.map { Line(state: $0.0, currency: $0.1, sums: $0.2) }
            .sorted { ($0.state, $0.currency) < ($1.state, $1.currency) }
    }

    var rows: Int64 { groups.values.reduce(0) { $0 + $1.rows } }
}
