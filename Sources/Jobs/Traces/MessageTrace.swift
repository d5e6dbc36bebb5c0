import Domain
import Senders
import Storage

/// All that is known of one message, from its accept to its receipts.
package struct MessageTrace: Sendable {
    /// How the message came and waits, as long as its shard is kept.
    package struct Acceptance: Sendable, Hashable {
        package let createdAt: Timestamp
        package let dueAt: Timestamp
        package let expiresAt: Timestamp?
        /// Somebody has taken it up.
        package let isTaken: Bool
    }

    package let message: MessageID
    package let campaign: Campaign
    package let rows: [LedgerEntry]
    package let calls: [CallEntry]
    package let webhooks: [MessageWebhook]
    package let acceptance: Acceptance?
    /// Files that its rows were read from, and those that should have been and could not.
    package let archives: [ArchiveEntry]
    package let archiveFaults: [ArchiveFault]

    /// Where it stands.
    package func status(now: Timestamp) -> String {
        if let last = rows.filter({ $0.final }).max(by: { Self.rank($0) < Self.rank($1) }) { return last.state.word }
        guard let acceptance else { return "accepted" }
        if acceptance.isTaken || !rows.isEmpty || !calls.isEmpty { return "sending" }
        return acceptance.dueAt > now ? "scheduled" : "accepted"
    }

    /// A correction follows what it corrects.
    private static func rank(_ row: LedgerEntry) -> (Int, Int64) { (row.was == nil ? 0 : 1, row.at.micros) }

    /// What a call cost, as far as rows of its attempt say so; what a receipt told later included.
    func cost(of call: CallEntry) -> (micros: Int64, currency: String)? {
        let own = rows.filter { $0.attempt == call.attempt && $0.provider == call.provider && $0.cost != 0 }
        guard let first = own.first else { return nil }
        return (own.filter { $0.currency == first.currency }.reduce(0) { $0 + $1.cost }, first.currency)
    }
}
