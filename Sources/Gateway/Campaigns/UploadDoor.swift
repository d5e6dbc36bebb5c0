import Domain
import HTTPServer
import Storage
import Synchronization

/// How many uploads run in this process at a time: each has a connection to the database and some memory. No tenant
/// can take up all of them.
final class UploadDoor: Sendable {
    private struct State {
        var all = 0
        var byTenant: [Int64: Int] = [:]
    }

    private let state = Mutex(State())
    private let most: Int
    private let mostOfTenant: Int

    init(most: Int = 8, mostOfTenant: Int = 3) {
        self.most = most
        self.mostOfTenant = mostOfTenant
    }

    func through<Result>(
        _ tenant: Int64, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async throws -> Result {
        let isIn = state.withLock { state in
            guard state.all < most, state.byTenant[tenant, default: 0] < mostOfTenant else { return false }
            state.all += 1
            state.byTenant[tenant, default: 0] += 1
            return true
        }
        guard isIn else {
            throw Problem(
                .overloaded, "Enough uploads are under way; nothing of this one was kept.", retryAfter: .seconds(5))
        }
        defer {
            state.withLock { state in
                state.all -= 1
                state.byTenant[tenant, default: 0] -= 1
                if state.byTenant[tenant] == 0 { state.byTenant[tenant] = nil }
            }
        }
        return try await body()
    }
}

extension UploadDoor {
    /// A file for the draft in the path, with what the draft says about how it is read.
    func draft(
        _ call: APICall, _ body: (Campaign, CampaignPlan) async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let draft = try await call.ownCampaign()
        return try await UploadProblem.told {
            let plan = try await CampaignPlan(draft: draft, call)
            return try await through(call.caller.tenant) { try await body(draft, plan) }
        }
    }
}
