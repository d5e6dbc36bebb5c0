/// What became of a request that came with an Idempotency-Key.
package enum KeyedOutcome: Sendable, Hashable {
    case done(StoredAnswer)
    /// The same request was answered before, so.
    case answeredBefore(StoredAnswer)
    case keyHasOtherBody
    /// The same request is being worked on, here or in another process.
    case keyIsBusy
}

extension Database {
    /// Makes a change once for its key, whoever asks for it how often: the key and its answer are kept in the
    /// transaction of the change. Without a key it is made each time.
    package func change(
        _ key: IdempotencyKey?, tenant: Int64, _ body: @Sendable (PostgresSession) throws -> StoredAnswer
    ) async throws -> KeyedOutcome {
        try await transaction { session in
            guard let key else { return .done(try body(session)) }
            guard try key.lock(on: session) else { return .keyIsBusy }
            if let earlier = try AcceptStore.Taking.earlier([key.key], on: session).first {
                return earlier.key == key ? .answeredBefore(earlier.answer) : .keyHasOtherBody
            }
            let answer = try body(session)
            try key.keep(answer, tenant: tenant, on: session)
            return .done(answer)
        }
    }
}

extension IdempotencyKey {
    /// False where another transaction has it. Held until the end of this one.
    func lock(on session: PostgresSession) throws(StorageError) -> Bool {
        try session.query(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('herald key ' || encode($1, 'hex'), 0)) AS mine",
            [.bytes(key)])[0].bool("mine")
    }

    func keep(_ answer: StoredAnswer, tenant: Int64, on session: PostgresSession) throws(StorageError) {
        try session.execute(
            "INSERT INTO idempotency (key, tenant, body, status, answer) VALUES ($1, $2::bigint, $3, $4::bigint, $5)",
            [.bytes(key), .int(tenant), .bytes(body), .int(Int64(answer.status)), .bytes(answer.body)])
    }
}
