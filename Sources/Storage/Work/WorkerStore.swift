import Domain

/// The workers that are alive, and the rescue of what dead ones held.
package struct WorkerStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    package func register(machine: String, pid: Int32, pidStarted: Int64) async throws -> Int64 {
        try await database.run { session in
            try session.query(
                "INSERT INTO worker (machine, pid, pid_started) VALUES ($1, $2, $3) RETURNING id",
                [.text(machine), .int(Int64(pid)), .int(pidStarted)])[0].int("id")
        }
    }

    /// Beats once on a connection of its own; false once the worker was declared dead.
    package func beat(worker: Int64, on connection: PostgresConnection) async throws -> Bool {
        try await connection.run { session in
            try session.query("UPDATE worker SET beat = beat + 1 WHERE id = $1 RETURNING beat", [.int(worker)]).count
                > 0
        }
    }

    package func all() async throws -> [WorkerRecord] {
        try await database.run { session in
            try session.query("SELECT * FROM worker ORDER BY id").map { try WorkerRecord(row: $0) }
        }
    }

    /// Gives back what a worker holds without knowing: a claim whose answer was lost. Nobody would rescue
    /// that from a worker that lives. A claim that is under way meanwhile is lost too, and its first step
    /// refused.
    package func giveBack(worker: Int64, except known: [Int64]) async throws -> Int {
        try await database.run { session in
            try session.query(
                """
                UPDATE shard SET state = 'ready', worker = NULL
                 WHERE worker = $1 AND state = 'taken' AND id <> ALL ($2::bigint[]) RETURNING id
                """, [.int(worker), .intArray(known)]
            ).count
        }
    }

    /// Declares a worker dead: its shards may be taken again. Its own late steps fail on their tokens.
    /// Returns how many shards it held. `ifBeat` guards against one that has come back to life; one that `leaves` in
    /// order has not died over its shards.
    package func rescue(worker: Int64, ifBeat beat: Int64? = nil, leaves: Bool = false) async throws -> Int {
        try await database.transaction { session in
            let gone =
                try session.query(
                    "DELETE FROM worker WHERE id = $1 AND ($2::bigint IS NULL OR beat = $2) RETURNING id",
                    [.int(worker), .optional(beat)]
                ).count > 0
            guard gone else { return 0 }
            let freed = try session.query(
                """
                UPDATE shard SET state = 'ready', worker = NULL, crashes = least(crashes + CASE WHEN $2 THEN 0 ELSE 1 END, 100)
                 WHERE worker = $1 AND state = 'taken' RETURNING id
                """, [.int(worker), .bool(leaves)]
            ).count
            if freed > 0 { try session.execute("NOTIFY herald_work") }
            return freed
        }
    }
}

/// A worker as the others see it.
package struct WorkerRecord: Sendable, Hashable {
    package let id: Int64
    package let beat: Int64
    package let machine: String
    package let pid: Int32
    package let pidStarted: Int64
    package let startedAt: Timestamp

    init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        beat = try row.int("beat")
        machine = try row.text("machine")
        pid = Int32(truncatingIfNeeded: try row.int("pid"))
        pidStarted = try row.int("pid_started")
        startedAt = try row.time("started_at")
    }
}
