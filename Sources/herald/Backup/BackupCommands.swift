import Domain
import Foundation
import Storage

/// Making backups and looking at them.
enum BackupCommands {
    static let commands: [Command] = [
        Command(
            "backup", "everything that Herald knows, as of one moment, into a new folder; the master key is not in it",
            operands: "FOLDER",
            options: [.value("with-key", "FILE", "also write the master key to this new file, to be kept elsewhere")],
            example: "herald backup /backups/herald-$(date +%F)", run: backup),
        Command(
            "backup verify", "read a backup to its end and compare it with its manifest", operands: "FOLDER",
            example: "herald backup verify /backups/herald-2026-11-20", run: verify),
    ]

    private static func backup(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let key = try MasterKeyFile(home: installation.home, environment: arguments.environment).load()
        let writer = try BackupWriter(
            database: installation.database, masterKey: key, home: installation.home,
            environment: arguments.environment)
        let folder = arguments.operands[0]
        if let file = arguments.text("with-key") { try writer.writeKey(to: file, besides: folder) }
        let manifest = try await writer.write(to: folder)
        try await RunLog(database: installation.database).note(
            "backup", detail: "of \(manifest.takenAt)", folder: folder)
        screen.line(
            "\(folder) holds everything up to \(manifest.takenAt): \(size(manifest)), read back and found whole.")
        if let file = arguments.text("with-key") {
            screen.line(
                "The master key is in \(file). Keep it apart from the backup: who has both can read everything.")
        } else {
            screen.line(
                "The master key is not in it, and nobody can read the addresses without it: keep a copy elsewhere.")
        }
        noteArchives(manifest, screen)
        screen.json(manifest.json)
        return .done
    }

    /// Who believes to have everything must know what he doesn't have.
    private static func noteArchives(_ manifest: BackupManifest, _ screen: Screen) {
        guard !manifest.archives.isEmpty else { return }
        let bytes = manifest.archives.reduce(0) { $0 + $1.bytes }
        screen.line(
            "\(plural(manifest.archives.count, "archive")) of the ledger (\(ArchiveText.size(bytes))) "
                + "\(manifest.archives.count == 1 ? "is" : "are") not in it, the manifest names them. "
                + "They never change: keep one copy of each elsewhere.")
    }

    private static func verify(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let manifest = try BackupFolder(arguments.operands[0]).verify(environment: arguments.environment)
        screen.line("The backup of \(manifest.takenAt) is whole: \(size(manifest)).")
        noteArchives(manifest, screen)
        screen.json(manifest.json)
        return .done
    }

    private static func size(_ manifest: BackupManifest) -> String {
        let bytes = manifest.files.reduce(0) { $0 + $1.bytes }
        return bytes < 1 << 20 ? "\(grouped(bytes)) bytes" : "\(grouped(bytes >> 20)) MB"
    }
}
