import Domain
import Foundation
import Storage

/// Bringing a backup back, and letting what came back go on.
enum RestoreCommands {
    static let commands: [Command] = [
        Command(
            "restore", "bring a backup back into an empty Herald; nothing of it is sent before `restore confirm`",
            operands: "FOLDER",
            options: [
                .value("key", "FILE", "the master key (else HERALD_MASTER_KEY, or the one that is there already)")
            ],
            example: "herald restore /backups/herald-2026-11-20 --key /safe/master.key", run: restore),
        Command(
            "restore confirm", "show what would start, or start it",
            options: [
                .flag("yes", "do it; without this it is only shown"),
                .value(
                    "worked-until", "TIME",
                    "when the lost Herald stopped: what was due by then is in doubt (default: the restore); `backup`: sent nothing since"
                ),
                .value("unsent", "ID", "a campaign of which nothing was sent after the backup", repeats: true),
                .value("cancel", "ID", "send nothing more of this campaign", repeats: true),
                .flag("cancel-all", "send nothing more of any of it"),
            ],
            example: "herald restore confirm --worked-until 2026-11-20T09:30:00Z --yes", run: confirm),
    ]

    private static func restore(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let home = Installation.home(arguments)
        let environment = arguments.environment
        let backup = BackupFolder(arguments.operands[0])
        let key = try RestoreKey(file: arguments.text("key"), home: home, environment: environment)
        try DatabaseRestore.check(try backup.manifest(), masterKey: key.bytes)
        screen.note("Reading the backup…")
        let manifest = try backup.verify(environment: environment)
        try key.keep()
        if let url = environment["HERALD_DATABASE_URL"], !url.isEmpty {
            try await DatabaseRestore(url: url, backup: backup, manifest: manifest, environment: environment).run()
        } else {
            try await restore(backup, manifest, into: home, environment, screen)
        }
        screen.line("Restored from the backup of \(manifest.takenAt).")
        screen.line(
            "What was accepted, sent, opted out or revoked after that is not known here. Everything that could send is held: "
                + "start Herald, import the opt-outs that came since, then `herald restore confirm` shows what would start."
        )
        screen.json(["restored": .bool(true), "backup_at": .string(manifest.takenAt.description)])
        return .done
    }

    private static func restore(
        _ backup: BackupFolder, _ manifest: BackupManifest, into home: HeraldHome, _ environment: [String: String],
        _ screen: Screen
    ) async throws {
        let running = try await EmbeddedCluster(home: home, environment: environment).start { screen.note("\($0)") }
        do {
            try await DatabaseRestore(
                url: running.parameters.connectionString, backup: backup, manifest: manifest, environment: environment
            ).run()
            try backup.putSettings(into: running.folderPath)
        } catch {
            try await running.stop()
            throw error
        }
        try await running.stop()
    }

    // MARK: confirm

    private static func confirm(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let store = RestoreStore(database: installation.database)
        guard let restoration = try await store.pending() else {
            screen.line("Nothing is held: there was no restore, or it is confirmed.")
            screen.json(["held": .bool(false)])
            return .done
        }
        let decision = try decision(arguments, restoration)
        let work = try await store.work(workedUntil: decision.workedUntil)
        try requireKnown(decision.unsent + decision.cancelled, among: work)
        let webhooks = try await store.webhooks()
        RestoreText(restoration: restoration, work: work, webhooks: webhooks, decision: decision).show(on: screen)
        guard arguments.has("yes") else { return .done }
        let doubted = try await store.confirm(decision, by: arguments.audit)
        screen.line(
            "Confirmed. \(grouped(doubted + work.reduce(0) { $0 + $1.inDoubt })) messages are recorded as in doubt.")
        return .done
    }

    private static func decision(_ arguments: Arguments, _ restoration: Restoration) throws -> RestoreDecision {
        var decision = RestoreDecision(workedUntil: restoration.restoredAt)
        switch arguments.text("worked-until") {
        case nil: break
        case "backup": decision.workedUntil = restoration.backupAt
        case let text?: decision.workedUntil = try TimeText.instant(text, zone: "UTC", now: .now, as: .end)
        }
        func ids(_ option: String) throws -> [Int64] {
            try arguments.all(option).map { text in
                guard let id = Int64(text) else {
                    throw CommandError.usage("--\(option) takes the number of a campaign, not “\(text)”.")
                }
                return id
            }
        }
        decision.unsent = try ids("unsent")
        decision.cancelled = try ids("cancel")
        decision.cancelsAll = arguments.has("cancel-all")
        return decision
    }

    private static func requireKnown(_ ids: [Int64], among work: [RestoredWork]) throws {
        for id in ids where !work.contains(where: { $0.campaign == id }) {
            throw CommandError.failed(
                "Campaign \(id) is not among those that are held. `herald restore confirm` shows them.")
        }
    }
}
