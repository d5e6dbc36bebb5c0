import Domain
import Foundation
import Storage

/// What should happen regularly and doesn't: reports, backups, looks at the rates.
struct CareCheckup {
    let installation: Installation
    let now: Timestamp

    init(installation: Installation, now: Timestamp = .now) {
        self.installation = installation
        self.now = now
    }

    private static let day: Duration = .seconds(86_400)

    func findings(isWorking: Bool) async throws -> [Finding] {
        // Who began today owes nothing yet.
        let tenants = try await installation.parties.tenants()
        let runs = try await RunLog(database: installation.database).runs()
        let since = try await begun()
        var findings = tenants.isEmpty ? [] : Self.regular(runs, since: since, now: now)
        for run in runs where run.what.hasPrefix("report ") { findings += Self.folder(run.folder) }
        if isWorking { findings += watch(try await installation.alerts.standing()) }
        return findings
    }

    private func begun() async throws -> Timestamp {
        try await installation.database.run { session in
            try session.query("SELECT min(created_at) AS at FROM tenant")[0].optionalTime("at")
        } ?? now
    }

    static func regular(_ runs: [RunLog.Run], since: Timestamp, now: Timestamp) -> [Finding] {
        func overdue(_ word: String, after limit: Duration) -> Duration? {
            let last = runs.filter { $0.what == word }.map(\.at).max() ?? since
            return now - last > limit ? now - last : nil
        }
        var findings: [Finding] = []
        func text(_ what: String, _ time: Duration) -> String {
            "no \(what) for \(Int(time.seconds) / 86_400) days"
        }
        if let time = overdue("report daily", after: .seconds(3 * 86_400)) {
            findings.append(
                .note(
                    "reports",
                    text("daily report", time)
                        + ". Install the lines of crontab.example (crontab -e), and run now: herald report daily --kind all --catch-up"
                ))
        }
        if let time = overdue("backup", after: .seconds(8 * 86_400)) {
            findings.append(
                .note("backup", text("backup", time) + ". Run: herald backup /backups/herald-$(date +%F)"))
        }
        return findings
    }

    /// Where reports were written the last time; elsewhere it is on another machine.
    static func folder(_ path: String) -> [Finding] {
        guard !path.isEmpty, access(path, F_OK) == 0, access(path, W_OK | X_OK) != 0 else { return [] }
        return [
            .wrong(
                "reports",
                "the folder \(path) can't be written by this user. Run: chown \(NSUserName()) \(path) (or run reports as its owner)"
            )
        ]
    }

    private func watch(_ standing: AlertStore.Standing) -> [Finding] {
        if !standing.note.isEmpty {
            return [.wrong("alerts", "the last look at the rates failed: \(standing.note)")]
        }
        // Nobody has had the time yet, just after the start.
        guard let at = standing.lookedAt, now - at > .seconds(600) else { return [] }
        return [
            .wrong(
                "alerts",
                "nobody has looked at the rates for \(TimeText.short((now - at).seconds)), though workers run. Restart them: herald down && herald up --detach"
            )
        ]
    }
}
