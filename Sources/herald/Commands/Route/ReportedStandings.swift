import Domain
import Senders
import Storage

/// How the providers fare as the workers have said it in the last seconds. Each worker routes by what it sees itself;
/// where they differ, the worst view is shown.
enum ReportedStandings {
    static func read(_ installation: Installation) async throws -> ProviderStandings {
        let health = try await ProviderHealthStore(database: installation.database).recent()
        let accounts = try await installation.providers.providers()
        return of(health, takenOut: accounts.filter { $0.outSince != nil }.map(\.id))
    }

    static func of(_ health: [ProviderHealth], takenOut: [Int64]) -> ProviderStandings {
        // Of several for a provider the last counts.
        let reported = health.sorted { ($1.score, $1.share) < ($0.score, $0.share) }.map { view in
            let isAvailable = view.state != "open" && view.state != "out"
            return ProviderStandings.Entry(
                provider: view.provider, isAvailable: isAvailable, score: Int16(clamping: view.score),
                share: UInt8(clamping: view.share))
        }
        let out = takenOut.map { ProviderStandings.Entry(provider: $0, isAvailable: false, score: 0, share: 0) }
        return ProviderStandings(reported + out)
    }
}
