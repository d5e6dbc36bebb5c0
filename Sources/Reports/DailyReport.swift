import Domain
import Storage

/// The cost report of one day, in a file of its own. Made from the rollups, so it agrees with the ledger to the last
/// message; made again, it replaces itself with the same bytes unless something was added to that day since.
package struct DailyReport: Sendable {
    package let day: ReportDay
    package let report: CostReport

    package static func make(_ day: ReportDay, tenant: Tenant? = nil, from usage: UsageStore) async throws
        -> DailyReport
    {
        let rows = try await usage.usage(from: day.start, to: day.end, tenant: tenant?.id)
        return DailyReport(day: day, report: CostReport(rows))
    }

    /// `cost-2026-03-01.csv`; one tenant's report has its name too, so that it never replaces that of all.
    package func fileName(tenant: Tenant? = nil) -> String {
        "cost-\(day.date)\(tenant.map { "-" + $0.name } ?? "").csv"
    }

    /// Returns the file's path.
    package func write(to folder: String, tenant: Tenant? = nil) throws(ReportError) -> String {
        let path = (folder.hasSuffix("/") ? folder : folder + "/") + fileName(tenant: tenant)
        do throws(FileError) {
            try Folder.make(folder)
            try AtomicFile.write(report.csv, to: path, mode: 0o644)
        } catch {
            throw .notWritten(error)
        }
        return path
    }
}
