import Domain
import Storage
import Synchronization
import TestDatabase
import TestSupport
import Testing

@Suite(.database) struct DatabaseTests {
    private func database(connections: Int = 2, waitLimit: Duration = Patience.duration) throws -> Database {
        Database(url: try TestDatabase.current.connectionString, connections: connections, waitLimit: waitLimit)
    }

    @Test func valuesSurviveTheWayThereAndBack() async throws {
        try await database().run { session in
            let row = try session.query(
                """
                SELECT $1::boolean AS b, $2::bigint AS i, $3::text AS t, $4::bytea AS y, $5::timestamptz AS w,
                       $6::bigint AS n, $7::bytea[] AS a, ($8::bigint[])[2] AS e, ($9::text[])[1] AS f, $2::smallint AS s
                """,
                [
                    .bool(true), .int(-7), .text("ü'\"\\"), .bytes([0, 255, 39]), .time(Timestamp(micros: 1_234_567)),
                    .null, .bytesArray([[1], [], [0, 2]]), .intArray([5, 6]), .textArray(["x,{}"]),
                ])[0]
            #expect(try row.bool("b") && row.int("i") == -7 && row.text("t") == "ü'\"\\")
            #expect(try row.bytes("y") == [0, 255, 39] && row.time("w").micros == 1_234_567)
            #expect(try row.optionalInt("n") == nil && row.int("e") == 6 && row.text("f") == "x,{}")
            #expect(try row.bytesArray("a") == [[1], [], [0, 2]] && row.int("s") == -7)
            #expect(throws: StorageError.self) { try row.int("t") }
            #expect(throws: StorageError.self) { try row.int("nothing") }
            #expect(throws: StorageError.self) { try row.int("n") }
        }
    }

    @Test func aTransactionThatLostAgainstAnotherRunsAgainAndNothingElseDoes() async throws {
        let database = try database()
        let tries = Mutex(0)
        let result = try await database.transaction { session in
            let count = tries.withLock { tries in
                tries += 1
                return tries
            }
            if count < 3 { try session.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$") }
            return count
        }
        #expect(result == 3)

        tries.withLock { $0 = 0 }
        await #expect(throws: StorageError.self) {
            try await database.transaction { session in
                tries.withLock { $0 += 1 }
                try session.execute("SELECT 1 / 0")
            }
        }
        #expect(tries.withLock { $0 } == 1)
    }

    @Test func aFailedTransactionLeavesNothing() async throws {
        let database = try database()
        try await database.run { try $0.execute("CREATE TABLE t (x int PRIMARY KEY)") }
        await #expect(throws: StorageError.constraint("t_pkey")) {
            try await database.transaction { session in
                try session.execute("INSERT INTO t VALUES (1)")
                try session.execute("INSERT INTO t VALUES (1)")
            }
        }
        #expect(try await database.run { try $0.query("SELECT count(*) AS n FROM t")[0].int("n") } == 0)
    }

    @Test func aBrokenConnectionIsReplaced() async throws {
        let database = try database(connections: 1)
        await #expect(throws: StorageError.self) {
            try await database.run { try $0.execute("SELECT pg_terminate_backend(pg_backend_pid())") }
        }
        #expect(try await database.run { try $0.query("SELECT $1::bigint AS n", [.int(4)])[0].int("n") } == 4)
    }

    /// After a restart of the server every connection of the pool is such a one.
    @Test func aConnectionThatBrokeWhileIdleCostsNobodyAnError() async throws {
        let (idle, other) = (try database(connections: 1), try database(connections: 1))
        let pid = try await idle.run { try $0.query("SELECT pg_backend_pid() AS pid")[0].int("pid") }
        try await other.run { try $0.execute("SELECT pg_terminate_backend(\(pid), \(Patience.milliseconds))") }
        #expect(try await idle.run { try $0.query("SELECT $1::bigint AS n", [.int(4)])[0].int("n") } == 4)
    }

    @Test func waitingForAConnectionIsBounded() async throws {
        let database = try database(connections: 1, waitLimit: .milliseconds(50))
        let (held, release) = (WaitPoint(), WaitPoint())
        let holder = Task {
            try await database.run { _ in
                held.open()
                release.waitBlocking()
            }
        }
        await held.wait()
        await #expect(throws: StorageError.poolExhausted(waited: .milliseconds(50))) {
            try await database.run { try $0.execute("SELECT 1") }
        }
        release.open()
        try await holder.value
        try await database.run { try $0.execute("SELECT 1") }
    }

    @Test func migrationsRunOnceHoweverManyStartAtOnce() async throws {
        let database = try database(connections: 4)
        let applied = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { try await database.run { try Migrations.apply(on: $0) } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(applied.sorted() == [0, 0, 0, Migrations.latest])
    }

    /// Version N starts again beside N + 1 where the newer schema only adds, and says what to do where it doesn't.
    @Test func aNewerSchemaIsLeftAlone() async throws {
        let database = try database()
        try await database.run { session in
            _ = try Migrations.apply(on: session)
            try session.execute("INSERT INTO migration (number) VALUES (9998)")
            #expect(try Migrations.apply(on: session) == 0)
            try session.execute("INSERT INTO migration (number, requires) VALUES (9999, 9999)")
            #expect(throws: StorageError.self) { try Migrations.apply(on: session) }
            // Nor is one let in by a later migration that only adds.
            try session.execute("INSERT INTO migration (number) VALUES (10000)")
            #expect(throws: StorageError.self) { try Migrations.apply(on: session) }
            #expect(try session.query("SELECT max(number) AS number FROM migration")[0].int("number") == 10000)
        }
    }

    /// A newer Herald adds a column while an older one has its statements prepared.
    @Test func aStatementOutlivesAColumnThatIsAdded() async throws {
        let database = try database(connections: 1)
        try await database.run { session in
            try session.execute("CREATE TABLE growing (a int); INSERT INTO growing VALUES (1)")
            #expect(try session.query("SELECT * FROM growing")[0].int("a") == 1)
            try session.execute("ALTER TABLE growing ADD COLUMN b int DEFAULT 2")
            #expect(try session.query("SELECT * FROM growing")[0].int("b") == 2)
            try session.execute("ALTER TABLE growing ADD COLUMN c int DEFAULT 3")
        }
        let found = try await database.transaction { session in
            try session.query("SELECT * FROM growing")[0].int("c")
        }
        #expect(found == 3)
    }
}

@Suite(.database) struct DedicatedConnectionTests {
    /// A transaction that was lost with its session must not go on as single statements in another one.
    @Test func aLostSessionIsToldOnce() async throws {
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        let kept = database.dedicatedConnection(name: "kept")
        let backend = try await kept.run { session in
            try session.execute("BEGIN")
            return session.backendPID
        }
        try await database.run { session in
            try session.execute(
                "SELECT pg_terminate_backend($1::int, \(Patience.milliseconds))", [.int(Int64(backend))])
        }
        await #expect(throws: StorageError.self) { try await kept.run { try $0.execute("CREATE TABLE lost ()") } }
        let isThere = try await kept.run {
            try $0.query("SELECT to_regclass('lost') IS NOT NULL AS there")[0].bool("there")
        }
        #expect(!isThere)
    }
}
