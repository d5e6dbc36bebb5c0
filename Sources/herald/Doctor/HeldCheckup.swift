import Domain
import Foundation
import Storage

/// What waits or is refused because somebody set it so, and files that only the database still knows: nothing is broken in
/// the machinery, and yet something does not go out or can't be read.
struct HeldCheckup {
    let installation: Installation

    func findings() async throws -> [Finding] {
        try await restored() + budgets() + campaigns() + archives()
    }

    private func restored() async throws -> [Finding] {
        guard let restoration = try await RestoreStore(database: installation.database).pending() else { return [] }
        return [
            .note(
                "restore",
                "what came from the backup of \(restoration.backupAt) is held. `herald restore confirm` shows what would start"
            )
        ]
    }

    private func budgets() async throws -> [Finding] {
        try await BudgetStore(database: installation.database).spent().map {
            .note("budget", "\(Self.sentence($0)). `herald budget set` raises it, `herald budget list` shows it")
        }
    }

    /// `budget 3 (source shop, 5.00 SGD a month) is used up until …: messages by the API are refused`.
    static func sentence(_ spent: BudgetStore.Spent) -> String {
        let until = spent.endsAt.map { " until \(TimeText.local($0, zone: spent.timeZone))" } ?? ""
        return "\(spent.text) is used up\(until): what belongs to it waits, and messages by the API are refused"
    }

    private func campaigns() async throws -> [Finding] {
        try await installation.campaigns.campaigns(limit: 200).filter { $0.state == .held }
            .map { .note("campaign", "\($0.id) is held. \($0.note)") }
    }

    private func archives() async throws -> [Finding] {
        let store = ArchiveStore(ledger: installation.ledger)
        return try await store.list().compactMap { entry in
            guard let fault = store.state(of: entry) else { return nil }
            let folder = (entry.path as NSString).deletingLastPathComponent
            guard access(folder, F_OK) == 0 else {
                return .note(
                    "archive",
                    "slice \(entry.number) of the ledger is in \(entry.path), and that folder is not on this machine: look where it is, with herald archive verify"
                )
            }
            return .wrong(
                "archive", "slice \(entry.number) of the ledger: \(fault). Put the file back from a copy of it")
        }
    }
}
