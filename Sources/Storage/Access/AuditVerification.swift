import Domain

/// The audit's chain, computed again in one pass and flat memory, and held against anchors.
package struct AuditVerification: Sendable {
    /// A place in the chain that somebody wrote down elsewhere.
    package struct Anchor: Sendable, Hashable {
        package let name: String
        package let head: AuditHead

        package init(name: String, head: AuditHead) {
            self.name = name
            self.head = head
        }
    }

    package private(set) var entries: Int64 = 0
    package private(set) var first: Int64?
    package private(set) var last: Int64?
    package private(set) var anchorsMet = 0
    /// In the order of the chain, the first one first; so many at most.
    package private(set) var faults: [AuditFault] = []
    package private(set) var faultCount = 0

    package var isSound: Bool { faultCount == 0 }

    private static let mostFaults = 100
    private var anchors: [Anchor]
    private var previous: [UInt8] = AuditChain.beginning
    private var next: Int64 = 1

    private init(_ anchors: [Anchor]) { self.anchors = anchors.sorted { $0.head.seq < $1.head.seq } }

    // MARK: The pass

    static func run(
        from: Timestamp?, to: Timestamp?, anchors: [Anchor], on session: PostgresSession
    ) throws -> AuditVerification {
        var proof = AuditVerification(anchors)
        let range = try session.query(
            """
            WITH place AS (SELECT k.seq, a.at FROM audit_link k JOIN admin_audit a ON a.id = k.entry)
            SELECT coalesce(least((SELECT min(seq) FROM place WHERE at >= $1),
                                  (SELECT max(seq) + 1 FROM place WHERE at < $1)), 1) AS first,
                   CASE WHEN EXISTS (SELECT FROM place WHERE at >= $2)
                        THEN greatest((SELECT max(seq) FROM place WHERE at < $2),
                                      (SELECT min(seq) - 1 FROM place WHERE at >= $2)) ELSE $3 END AS last
             WHERE $1::timestamptz IS NOT NULL OR $2::timestamptz IS NOT NULL
            """, [.optional(from), .optional(to), .int(.max)]
        ).first
        // What is gone has no time any more: the part reaches from the last entry before it to the first one behind it. Where
        // none stands behind it, it reaches to the end that the database and the anchors remember.
        let first = try range?.int("first") ?? 1
        let last = try range?.int("last") ?? .max
        try proof.begin(first, on: session)
        try session.execute(
            """
            DECLARE chain NO SCROLL CURSOR FOR
             SELECT k.seq, k.entry, k.hash, a.id AS found, \(AuditStore.Stored.columns)
               FROM audit_link k LEFT JOIN admin_audit a ON a.id = k.entry
              WHERE k.seq BETWEEN \(first) AND \(last) ORDER BY k.seq
            """)
        while true {
            let rows = try session.queryOnce("FETCH 2000 FROM chain", [])
            if rows.count == 0 { break }
            for place in 0..<rows.count { try proof.take(rows[place]) }
        }
        try proof.end(at: last, on: session)
        try proof.findInserted(from: from, to: to, on: session)
        return proof
    }

    private mutating func begin(_ first: Int64, on session: PostgresSession) throws {
        guard first > 1 else { return }
        next = first
        let before = try session.query("SELECT hash FROM audit_link WHERE seq = $1", [.int(first - 1)]).first
        // Behind a gap nobody knows what went before: the gap is told.
        if let before { previous = try before.bytes("hash") } else { next = first - 1 }
        anchors.removeAll { $0.head.seq < first - 1 }
        meetAnchors(upTo: first - 1, hash: before == nil ? nil : previous)
    }

    private mutating func take(_ row: PostgresRow) throws {
        let (seq, entry, hash) = (try row.int("seq"), try row.int("entry"), try row.bytes("hash"))
        if first == nil { first = seq }
        if seq > next { add(.linksMissing(first: next, last: seq - 1)) }
        if try row.optionalInt("found") != nil {
            entries += 1
            let stored = try AuditStore.Stored(row: row)
            // Behind a gap nobody knows what went before.
            if seq == next, AuditChain.hash(stored, seq: seq, after: previous) != hash {
                add(.changed(seq: seq, entry: entry, at: stored.at, what: "\(stored.action) \(stored.subject)"))
            }
        } else {
            add(.missing(seq: seq, entry: entry))
        }
        meetAnchors(upTo: seq, hash: hash)
        previous = hash
        last = seq
        next = seq + 1
    }

    /// Anchors of places that are gone meet nothing; those are told as missing already.
    private mutating func meetAnchors(upTo seq: Int64, hash: [UInt8]?) {
        while let anchor = anchors.first, anchor.head.seq <= seq {
            anchors.removeFirst()
            guard anchor.head.seq == seq, let hash else { continue }
            anchorsMet += 1
            if anchor.head.hash != hash { add(.rewritten(seq: seq, anchor: anchor.name)) }
        }
    }

    private mutating func end(at place: Int64, on session: PostgresSession) throws {
        guard place == .max else {
            if next <= place { add(.linksMissing(first: next, last: place)) }
            return
        }
        let row = try session.query("SELECT seq, hash FROM audit_head").first
        let head = AuditHead(seq: try row?.int("seq") ?? 0, hash: try row?.bytes("hash") ?? [])
        let last = next - 1
        if head.seq > last {
            add(.cutAtEnd(last: last, remembered: head.seq, by: "the database"))
        } else if head.seq < last || head.hash != previous {
            add(.rewritten(seq: last, anchor: "the end that the database remembers"))
        }
        for anchor in anchors where anchor.head.seq > max(last, head.seq) {
            add(.cutAtEnd(last: last, remembered: anchor.head.seq, by: anchor.name))
        }
    }

    private mutating func findInserted(from: Timestamp?, to: Timestamp?, on session: PostgresSession) throws {
        let rows = try session.query(
            """
            SELECT \(AuditStore.Stored.columns) FROM admin_audit a
             WHERE NOT EXISTS (SELECT FROM audit_link k WHERE k.entry = a.id)
               AND ($1::timestamptz IS NULL OR a.at >= $1) AND ($2::timestamptz IS NULL OR a.at < $2)
             ORDER BY a.id LIMIT \(Self.mostFaults)
            """, [.optional(from), .optional(to)])
        for place in 0..<rows.count {
            let stored = try AuditStore.Stored(row: rows[place])
            add(.inserted(entry: stored.id, at: stored.at, what: "\(stored.action) \(stored.subject)"))
        }
    }

    private mutating func add(_ fault: AuditFault) {
        faultCount += 1
        if faults.count < Self.mostFaults { faults.append(fault) }
    }
}

extension AuditStore {
    /// Computes the chain again. With times, the part that was written between them.
    package func verify(
        from: Timestamp? = nil, to: Timestamp? = nil, anchors: [AuditVerification.Anchor] = []
    ) async throws -> AuditVerification {
        try await database.run { session in
            try session.transaction(beginning: "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY") {
                try AuditVerification.run(from: from, to: to, anchors: anchors, on: session)
            }
        }
    }

    /// Where the chain ends, and how many entries each day (UTC) of the last ones has.
    package func head() async throws -> (head: AuditHead, entries: Int64, today: Int64) {
        try await database.run { session in
            let row = try session.query(
                """
                SELECT h.seq, h.hash, (SELECT count(*) FROM admin_audit) AS entries,
                       (SELECT count(*) FROM admin_audit
                         WHERE at >= date_trunc('day', now(), 'UTC')) AS today
                  FROM audit_head h
                """)[0]
            return (
                AuditHead(seq: try row.int("seq"), hash: try row.bytes("hash")), try row.int("entries"),
                try row.int("today")
            )
        }
    }
}

extension AuditStore {
    /// Whether the chain still has this place.
    package func holds(_ head: AuditHead) async throws -> Bool {
        guard head.seq > 0 else { return true }
        return try await database.run { session in
            try session.query("SELECT hash FROM audit_link WHERE seq = $1", [.int(head.seq)]).first?.bytes("hash")
                == head.hash
        }
    }
}
