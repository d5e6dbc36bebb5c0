import Domain

/// What a provider answered to the messages of the last minutes, as far as it says something of their addresses.
package struct ProviderAnswers: Sendable, Hashable {
    package let provider: Int64
    package let answers: Int
    /// Of those: that nobody is there any more.
    package let dead: Int
}

extension LedgerStore {
    /// Reads the newest end of the ledger only, so that it costs the same however much there is.
    private static let pages: Int64 = 2048

    /// By provider, of the last so many minutes. `deadReason` is the word that the reasons of dead addresses begin with.
    package func recentAnswers(deadReason: String, minutes: Int = 10) async throws -> [ProviderAnswers] {
        try await database.run { session in
            guard
                let number = try session.query(
                    "SELECT max(number) AS number FROM ledger_slice WHERE state = 'open'"
                ).first?.optionalInt("number")
            else { return [] }
            let slice = LedgerSlice(number: Int(number), salt: [])
            let tail = try LedgerTail.condition(Self.pages, of: slice, on: session)
            return try session.queryOnce(
                """
                SELECT provider, count(*) AS answers, count(*) FILTER (WHERE starts_with(reason, $1)) AS dead
                  FROM \(slice.table) WHERE \(tail)
                   AND at > clock_timestamp() - make_interval(mins => $2::int) AND was = 0 AND provider <> 0
                   AND state IN (\(MessageState.sent.rawValue), \(MessageState.failed.rawValue))
                 GROUP BY 1 ORDER BY 1
                """, [.text(deadReason), .number(minutes)]
            ).map {
                ProviderAnswers(
                    provider: try $0.int("provider"), answers: Int(try $0.int("answers")),
                    dead: Int(try $0.int("dead")))
            }
        }
    }
}
