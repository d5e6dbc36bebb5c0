import Domain
import Foundation
import Jobs
import Reports
import Storage

/// All that one screen says, read with a handful of bounded statements.
struct StatusView {
    struct CampaignLine {
        let id: Int64
        let state: String
        let cells: [String]
        let done: Int64
        let recipients: Int64
    }

    /// More are counted, not shown.
    private static let mostCampaigns = 10

    let now: Timestamp
    let place: String
    let condition: DatabaseCondition
    let status: StatusStore.Status
    let load: [LoadStore.Key: Int64]
    let rates: MinuteRateStore.Recent
    let workers: [WorkerRecord]
    let providers: [ProviderView]
    let campaigns: [CampaignLine]
    let runs: [RunLog.Run]
    /// Budgets that are used up.
    let spent: [BudgetStore.Spent]
    let watch: AlertStore.Standing
    let alerts: [StoredAlert]
    /// Where the data is; nil where another machine has it.
    let disk: (folder: String, free: Int)?

    static func read(
        _ installation: Installation, _ condition: DatabaseCondition, _ arguments: Arguments
    ) async throws -> StatusView {
        let database = installation.database
        let isOwn = (arguments.environment["HERALD_DATABASE_URL"] ?? "").isEmpty
        let folder =
            isOwn ? try? EmbeddedCluster(home: installation.home, environment: arguments.environment).dataFolder() : nil
        let store = ProviderHealthStore(database: database)
        let health = Dictionary(grouping: try await store.recent(), by: \.provider)
        let today = ReportDay.date(of: .now, zone: "UTC").flatMap { ReportDay($0, zone: "UTC") }
        let costs = Dictionary(grouping: try await store.costs(since: today?.start ?? .now), by: \.provider)
        let accounts = try await installation.providers.providers()
        var campaigns: [CampaignLine] = []
        for campaign in try await installation.campaigns.campaigns(limit: 50).filter({ !$0.state.isOver })
            .prefix(mostCampaigns)
        {
            let done = try await installation.campaigns.progress(campaign.id).done
            campaigns.append(
                CampaignLine(
                    id: campaign.id, state: campaign.state.rawValue,
                    cells: [
                        String(campaign.id), campaign.tenantName, campaign.name, campaign.state.rawValue,
                        "\(grouped(done)) of \(grouped(campaign.recipients))",
                    ], done: done, recipients: campaign.recipients))
        }
        let now = Timestamp.now
        return StatusView(
            now: now, place: folder.map { "embedded, in \($0)" } ?? "at \(Self.host(of: database.url))",
            condition: condition,
            status: try await StatusStore(database: database).read(),
            load: try await LoadStore(database: database).read(),
            rates: try await MinuteRateStore(database: database).recent(now: now),
            workers: try await installation.aliveWorkers(),
            providers: accounts.filter { health[$0.id] != nil || $0.outSince != nil }.map {
                ProviderView(account: $0, health: health[$0.id] ?? [], costs: costs[$0.id] ?? [], answers: nil)
            },
            campaigns: campaigns, runs: try await RunLog(database: database).runs(),
            spent: try await BudgetStore(database: database).spent(),
            watch: try await installation.alerts.standing(),
            alerts: try await installation.alerts.alerts(isOpen: true, limit: 20).filter { $0.partOf == nil },
            disk: folder.map { ($0, ClusterCondition.freeSpace(on: $0)) })
    }

    /// Without user and password.
    static func host(of url: String) -> String {
        guard let scheme = url.range(of: "://") else {
            return url.split(separator: " ").first { $0.hasPrefix("host=") }.map(String.init) ?? "a server of its own"
        }
        let rest = url[scheme.upperBound...].prefix { $0 != "?" }
        return String(rest.split(separator: "@").last ?? rest)
    }

    func number(_ name: String, _ label: String = "") -> Int64 { load[.init(name: name, label: label)] ?? 0 }

    static func cells(_ view: ProviderView) -> [String] {
        let cells = view.cells
        return [cells[0], cells[2], cells[5], cells[6], cells[8], cells[9], cells[10]]
    }
}
