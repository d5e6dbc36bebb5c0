import Domain
import Jobs
import Storage

/// A message's trace as people and machines read it: the timeline, then its rows and calls in full.
struct ShownTrace {
    let trace: MessageTrace
    private let now: Timestamp

    /// Nil where there is no such message.
    static func load(_ message: MessageID, _ installation: Installation, _ archives: ArchiveStore? = nil) async throws
        -> ShownTrace?
    {
        guard let campaign = try await installation.campaigns.campaign(message.shard >> 24),
            let trace = try await MessageTrace.load(
                message, campaign: campaign, database: installation.database, keys: installation.keys,
                archives: archives)
        else { return nil }
        return ShownTrace(trace: trace, now: .now)
    }

    func show(on screen: Screen) {
        let campaign = trace.campaign
        screen.line(
            "Message \(trace.message.rawValue) of \(campaign.tenantName), "
                + (trace.rows.last?.channel ?? campaign.channel).rawValue
                + (trace.rows.last.map { " to \($0.recipient)" } ?? "") + ": \(trace.status(now: now))")
        screen.line()
        screen.table(
            ["AT", "EVENT", "WHAT"],
            trace.timeline(now: now).map { [$0.at?.description ?? "", $0.kind.rawValue, $0.text] })
        if !trace.rows.isEmpty {
            screen.line()
            LedgerText.show(trace.rows, on: screen)
        }
        CallText.show(trace.calls, on: screen)
        for archive in trace.archives {
            screen.line()
            screen.line(
                "Its rows are archived in \(archive.path). `herald archive restore \(archive.number)` brings them back."
            )
        }
        for fault in trace.archiveFaults { screen.note("It may be in an archive that can't be read. \(fault)") }
    }

    var json: JSONObject {
        [
            "message": .int(trace.message.rawValue), "status": .string(trace.status(now: now)),
            "timeline": .array(trace.timeline(now: now).map(\.json)),
            "archives": .array(trace.archives.map { .string($0.path) }),
            "archive_faults": .array(trace.archiveFaults.map { .string($0.description) }),
            "ledger": .array(trace.rows.map(LedgerText.json)), "calls": .array(trace.calls.map(CallText.json)),
        ]
    }
}
