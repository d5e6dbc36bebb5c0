import Domain
import Storage
import TestDatabase
import Testing

/// The audit's chain: what the database links is what the program computes, and whoever touches a row is found.
@Suite(.database) struct AuditChainTests {
    private let by = AuditOrigin(actor: "tester", origin: "test")

    private func bench(entries count: Int) async throws -> (Database, AuditStore) {
        let fixture = try await Fixture()
        let store = AuditStore(database: fixture.database)
        for number in 0..<count {
            try await store.add([
                AuditEntry(
                    "key.add", "line \(number) — “ü”\n", by: by, tenant: number % 2 == 0 ? 1 : nil,
                    before: number % 3 == 0 ? nil : ["b": 1.5, "a": ["x", nil, 12345678901234567890.0]],
                    after: ["number": .int(Int64(number)), "text": "\"\\\u{1F4A1}"])
            ])
        }
        return (fixture.database, store)
    }

    /// As a superuser who knows how to switch the triggers off.
    private func tamper(_ database: Database, _ sql: String) async throws {
        try await database.run { session in
            try session.execute("BEGIN; SET LOCAL session_replication_role = replica; \(sql); COMMIT")
        }
    }

    @Test func whatIsUntouchedHolds() async throws {
        let (_, store) = try await bench(entries: 9)
        let (head, entries, today) = try await store.head()
        let proof = try await store.verify(anchors: [.init(name: "a", head: head)])
        #expect(proof.isSound && proof.entries == entries && proof.last == head.seq, "\(proof.faults)")
        #expect(proof.anchorsMet == 1 && today <= entries && entries >= 9)
        #expect(try await store.holds(head))
    }

    @Test(arguments: [
        ("UPDATE admin_audit SET actor = 'nobody' WHERE id = $4", "changed", 4),
        ("UPDATE admin_audit SET at = at + interval '1 microsecond' WHERE id = $4", "changed", 4),
        ("UPDATE admin_audit SET after = after || '{\"number\": 7}' WHERE id = $4", "changed", 4),
        ("UPDATE admin_audit SET before = NULL WHERE id = $5", "changed", 5),
        ("DELETE FROM admin_audit WHERE id = $4", "missing", 4),
        ("DELETE FROM admin_audit WHERE id = $4; DELETE FROM audit_link WHERE seq = $4", "missing", 4),
        ("DELETE FROM admin_audit WHERE id = $9", "missing", 9),
        ("DELETE FROM admin_audit WHERE id >= $8; DELETE FROM audit_link WHERE seq >= $8", "cut", 8),
        (
            "INSERT INTO admin_audit (at, actor, action, subject) VALUES (now(), 'x', 'key.add', 'forged')", "inserted",
            nil
        ),
        (
            """
            INSERT INTO admin_audit (actor, action, subject) VALUES ('x', 'key.add', 'forged');
            INSERT INTO audit_link SELECT h.seq + 1, max(a.id), sha256('x') FROM admin_audit a, audit_head h GROUP BY h.seq;
            UPDATE audit_head SET seq = seq + 1, hash = sha256('x')
            """, "changed", 10
        ),
        ("UPDATE audit_head SET seq = 2", "rewritten", 9),
    ])
    func whoTouchesARowIsFoundAndNamed(sql: String, word: String, seq: Int?) async throws {
        // Where the entries begin: what made the tenant has one of its own.
        let (database, store) = try await bench(entries: 9)
        let head = try await store.head().head.seq
        let offset = head - 9
        let ids = try await database.run { session in
            try session.query("SELECT entry FROM audit_link ORDER BY seq").map { try $0.int("entry") }
        }
        // Here a number and its row agree, as nothing was rolled back.
        #expect(ids == Array(1...head))
        var text = sql
        for number in 1...9 { text = text.replacing("$\(number)", with: "\(offset + Int64(number))") }
        try await tamper(database, text)
        let proof = try await store.verify()
        let fault = try #require(proof.faults.first)
        #expect(fault.word == word && fault.seq == seq.map { Int64($0) + offset }, "\(fault)")
        #expect(proof.faultCount == 1 || word != "changed", "\(proof.faults)")
    }

    @Test func whatWasMadeAnewIsFoundByAnAnchor() async throws {
        let (database, store) = try await bench(entries: 6)
        let head = try await store.head().head
        // Everything from the third entry on, links and end included, by the database's own rule.
        try await tamper(
            database,
            """
            UPDATE admin_audit SET actor = 'nobody' WHERE id = 3;
            DO $$ DECLARE e admin_audit; h bytea; BEGIN
                SELECT hash INTO h FROM audit_link WHERE seq = 2;
                FOR e IN SELECT * FROM admin_audit WHERE id > 2 ORDER BY id LOOP
                    h := sha256(h || audit_bytes(e.id, e));
                    UPDATE audit_link SET hash = h WHERE seq = e.id;
                END LOOP;
                UPDATE audit_head SET hash = h;
            END $$
            """)
        #expect(try await store.verify().isSound)
        let anchor = AuditVerification.Anchor(name: "audit-2026-03-01.json", head: head)
        let proof = try await store.verify(anchors: [anchor])
        #expect(proof.faults == [.rewritten(seq: head.seq, anchor: anchor.name)], "\(proof.faults)")
        #expect(try await !store.holds(head))
        // The end cut off as a whole.
        try await tamper(
            database,
            """
            DELETE FROM admin_audit WHERE id > 4; DELETE FROM audit_link WHERE seq > 4;
            UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit_link WHERE seq = 4)
            """)
        #expect(try await store.verify().isSound)
        let cut = try await store.verify(anchors: [anchor])
        #expect(cut.faults == [.cutAtEnd(last: 4, remembered: head.seq, by: anchor.name)], "\(cut.faults)")
    }

    @Test func writersAtOnceLeaveNoHoleAndNoForkAndRollbacksNothing() async throws {
        let (database, store) = try await bench(entries: 1)
        let by = by
        struct Stop: Error {}
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for number in 0..<20 {
                        let ends = number % 4 != 3
                        do {
                            try await database.transaction { session in
                                for part in 0...1 {
                                    try AuditEntry("a.b", "\(writer) \(number) \(part)", by: by, tenant: nil)
                                        .store(on: session)
                                }
                                if !ends { throw Stop() }
                            }
                        } catch is Stop {}
                    }
                }
            }
            try await group.waitForAll()
        }
        let proof = try await store.verify()
        #expect(proof.isSound && proof.entries == proof.last && proof.entries >= 8 * 15 * 2, "\(proof.faults)")
    }

    @Test func apartOfTheTimeIsVerifiedAlone() async throws {
        let (database, store) = try await bench(entries: 6)
        let times = try await database.run { session in
            try session.query("SELECT at FROM admin_audit ORDER BY id").map { try $0.time("at") }
        }
        let head = try await store.head().head
        let part = try await store.verify(from: times[2], to: times[5])
        #expect(part.isSound && part.first == 3 && part.last == 5 && part.entries == 3, "\(part)")
        try await tamper(database, "UPDATE admin_audit SET subject = 'x' WHERE id = 2")
        #expect(try await store.verify(from: times[2]).isSound)
        #expect(try await store.verify(from: times[2]).last == head.seq)
        #expect(try await !store.verify(from: times[1]).isSound)
        #expect(try await store.verify(from: .now + .seconds(3600)).isSound)
    }

    @Test func anEndThatWasCutIsFoundInEveryPartThatReachesIt() async throws {
        let (database, store) = try await bench(entries: 9)
        let times = try await database.run { session in
            try session.query("SELECT at FROM admin_audit ORDER BY id").map { try $0.time("at") }
        }
        let head = try await store.head().head
        try await tamper(database, "DELETE FROM admin_audit WHERE id > 6; DELETE FROM audit_link WHERE seq > 6")
        let later = Timestamp.now + .seconds(3600)
        for (from, to) in [(nil, later), (times[2], later), (later, nil), (times[7], nil), (nil, times[7])] {
            let part = try await store.verify(from: from, to: to)
            #expect(
                part.faults == [.cutAtEnd(last: 6, remembered: head.seq, by: "the database")],
                "\(from as Any) \(to as Any): \(part.faults)")
        }
        #expect(try await store.verify(to: times[4]).isSound)
        // A hole at either edge of a part belongs to it.
        try await tamper(database, "DELETE FROM admin_audit WHERE id = 3; DELETE FROM audit_link WHERE seq = 3")
        for (from, to) in [(times[2], times[4]), (times[0], times[3]), (times[3], times[4])] {
            let part = try await store.verify(from: from, to: to)
            #expect(part.faults == [.linksMissing(first: 3, last: 3)], "\(from) \(to): \(part.faults)")
        }
    }

    @Test func whatIsSetUpPastTheProgramIsWrittenDownAllTheSame() async throws {
        let (database, store) = try await bench(entries: 0)
        try await database.run { session in
            try session.execute("UPDATE tenant SET tier = 'free'")
            try session.execute("INSERT INTO deny (kind, value) VALUES ('country', 'KP')")
            try session.execute("DELETE FROM deny")
            try session.execute("UPDATE tenant SET tier = 'free'")
            try session.execute("UPDATE tenant SET sealed_key = '\\x00'")
        }
        let found = try await store.entries(limit: 4)
        #expect(
            found.map { "\($0.action) \($0.subject)" } == [
                "tenant.change acme", "deny.remove country KP", "deny.add country KP", "tenant.change acme",
            ])
        #expect(found.allSatisfy { $0.actor.hasPrefix("database user ") && $0.origin.hasPrefix("database ") })
        #expect(found[0].after?.contains(#""sealed_key": "changed""#) == true)
        #expect(found.allSatisfy { !(($0.before ?? "") + ($0.after ?? "")).contains("x0") })
        #expect(found[3].before?.contains(#""tier": "paid""#) == true)
        #expect(found[3].after?.contains(#""tier": "free""#) == true)
        #expect(try await store.verify().isSound)
    }

    @Test(arguments: [
        "UPDATE audit_link SET entry = 1", "DELETE FROM audit_link", "TRUNCATE audit_link", "DELETE FROM audit_head",
    ])
    func theChainIsOnlyAddedTo(statement: String) async throws {
        let (database, _) = try await bench(entries: 1)
        await #expect(throws: StorageError.self) { try await database.run { try $0.execute(statement) } }
    }
}
