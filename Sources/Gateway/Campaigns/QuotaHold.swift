import Domain
import Jobs
import Storage
import Synchronization

/// What a campaign's recipients take from their source's quotas: given back where nothing comes of it. Rates don't count
/// here: a campaign goes at the pace of its providers.
final class QuotaHold: Sendable {
    private struct Taken {
        var count = 0
        var isCritical = false
    }

    private let limiter: SourceLimiter
    private let caller: Caller
    private let taken = Mutex(Taken())

    private init(_ call: APICall) {
        limiter = call.limiter
        caller = call.caller
    }

    /// Whatever `work` takes and then throws for is given back; so is what it says came to nothing.
    static func during<Result>(_ call: APICall, _ work: (QuotaHold) async throws -> Result) async throws -> Result {
        let hold = QuotaHold(call)
        do { return try await work(hold) } catch {
            hold.giveBack()
            throw error
        }
    }

    func take(_ recipients: Int64, _ priority: Priority) async throws {
        guard recipients > 0 else { return }
        let (count, isCritical) = (Int(recipients), priority == .critical)
        let verdict = try await limiter.take(count, for: caller, isCritical: isCritical, isPaced: false)
        if let problem = verdict.problem { throw problem }
        taken.withLock { $0 = Taken(count: count, isCritical: isCritical) }
    }

    func giveBack() {
        let taken = taken.withLock { taken in
            defer { taken = Taken() }
            return taken
        }
        guard taken.count > 0 else { return }
        limiter.giveBack(taken.count, for: caller, isCritical: taken.isCritical, isPaced: false)
    }
}
