import Domain
import Storage

/// Where shards wait for a worker. Small on purpose: a driver over a broker could carry hints to it, and
/// the truth stays behind these calls. Every driver passes the same contract suite.
///
/// ready -> taken (claim) -> ready (release, rescue) | done (a step that closes the last recipient).
/// Each claim raises the shard's token; a step or release with an older one changes nothing.
package protocol ShardQueue: Sendable {
    /// The tenants that have something in a lane that is due within a while, or that was cancelled: at a cost that does
    /// not grow with what waits. Only a hint to choose by.
    func waiting(lane: Lane, within time: Duration) async throws -> [WaitingWork]

    /// Takes shards of the tenants that were chosen, in the orders' order, up to `limit` in all: only what is due, or whose
    /// campaign is cancelled; retries before new recipients, then by due time.
    func claim(worker: Int64, lane: Lane, orders: [ClaimOrder], limit: Int) async throws -> [ClaimedShard]

    /// Closes a window, stores what it led to, and opens the next, all or nothing. Throws
    /// `StorageError.fenced` if the shard has passed to another worker.
    func step(_ step: WindowStep) async throws -> WindowGrant

    /// Keeps what a refused step says about messages: it settles the doubt that the shard's next holder records.
    func keepLate(_ step: WindowStep) async throws

    /// Puts a shard back, to be taken again after a while. A window that is open stays in doubt.
    func release(shard: Int64, token: Int64, after delay: Duration) async throws

    /// Lets a campaign rest for a while: none of its shards is claimed, and others have their turn.
    func rest(campaign: Int64, for delay: Duration) async throws

    /// Takes everything away from a worker that is dead; says how many shards it held.
    func rescue(worker: Int64) async throws -> Int
}
