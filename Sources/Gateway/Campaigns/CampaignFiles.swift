import Domain
import HTTPServer
import Jobs
import Storage

/// `rejects.csv` and `results.csv`, written while they are sent. They hold addresses as they are, because they go back to
/// whom those came from; each is written down.
struct CampaignFiles: Sendable {
    let call: APICall

    func rejects() async throws -> HTTPResponse {
        let campaign = try await call.campaign()
        let export = RejectsExport(database: call.database, keys: call.keys)
        return try await file("rejects", campaign) { writer in
            _ = try await export.write(campaign) { try await writer.write($0) }
        }
    }

    func results() async throws -> HTTPResponse {
        let campaign = try await call.campaign()
        let everyAttempt: Bool
        switch call.request.parameter("attempts") {
        case nil, "final": everyAttempt = false
        case "all": everyAttempt = true
        default: throw Problem.invalid("attempts", "choice", "attempts must be final or all.")
        }
        try await call.ledger.requireHere(campaign: campaign.id)
        let export = ResultsExport(ledger: call.ledger)
        return try await file("results", campaign) { writer in
            _ = try await export.write(campaign, everyAttempt: everyAttempt) { try await writer.write($0) }
        }
    }

    private func file(
        _ name: String, _ campaign: Campaign, _ write: @escaping @Sendable (ChunkWriter) async throws -> Void
    ) async throws -> HTTPResponse {
        try await AuditStore(database: call.database).add([call.audit("export", campaign)])
        return .chunks(
            headers: [
                ("Content-Type", "text/csv; charset=utf-8; header=present"), ("Cache-Control", "no-store"),
                ("Content-Disposition", "attachment; filename=\"\(name)-\(campaign.id).csv\""),
            ], write)
    }
}
