import Domain
import Glibc

/// Makes a backup while everything goes on.
///
/// By `pg_dump`, not as a copy of the server's files: it works with every server and any user that owns the tables, leaves out
/// what indexes take, and can be read by a later PostgreSQL and by a Herald that keeps its database elsewhere. All of it is the
/// database of one moment. The folder grows under another name and is renamed once it is verified.
package struct BackupWriter: Sendable {
    private let database: Database
    private let masterKey: [UInt8]
    /// What the user put beside the data folder of the embedded server; nil for a server of their own.
    private let localSettings: String?
    private let environment: [String: String]

    package init(
        database: Database, masterKey: [UInt8], home: HeraldHome, environment: [String: String]
    ) throws {
        self.database = database
        self.masterKey = masterKey
        self.environment = environment
        let isOwn = environment["HERALD_DATABASE_URL"]?.isEmpty ?? true
        localSettings = isOwn ? try ClusterFolder.existing(of: home).map { $0.path + "/local.conf" } : nil
    }

    /// Writes and verifies it.
    package func write(to path: String) async throws -> BackupManifest {
        let path = SmallFile.canonical(path)
        guard SmallFile.kind(of: path) == nil || Folder.names(in: path).isEmpty && rmdir(path) == 0 else {
            throw BackupError.folderInTheWay(path)
        }
        let unfinished = path + ".unfinished"
        SmallFile.removeFolder(unfinished)
        do throws(FileError) { try Folder.make(Folder.parent(of: path)) } catch { throw BackupError.file(error) }
        guard mkdir(unfinished, 0o700) == 0 else {
            throw BackupError.file(FileError(path: unfinished, code: errno))
        }
        do {
            let manifest = try await fill(BackupFolder(unfinished))
            guard rename(unfinished, path) == 0 else {
                throw BackupError.file(FileError(path: path, code: errno))
            }
            try? Folder.sync(Folder.parent(of: path))
            return manifest
        } catch {
            SmallFile.removeFolder(unfinished)
            throw error
        }
    }

    private func fill(_ folder: BackupFolder) async throws -> BackupManifest {
        let connection = database.dedicatedConnection(name: "backup")
        var manifest = try await connection.run { session in try dump(session, to: folder.dump) }
        await connection.close()
        manifest.files = [try BackupFolder.describe(folder.dump, as: BackupManifest.dump)]
        if let localSettings, let text = SmallFile.read(localSettings) {
            let place = folder.path + "/" + BackupManifest.settings
            do throws(FileError) { try AtomicFile.write(Array(text.utf8), to: place, mode: 0o600) } catch {
                throw BackupError.file(error)
            }
            manifest.files.append(try BackupFolder.describe(place, as: BackupManifest.settings))
        }
        do throws(FileError) {
            try AtomicFile.write(
                Array((manifest.json.text + "\n").utf8), to: folder.path + "/" + BackupManifest.name, mode: 0o600)
        } catch {
            throw BackupError.file(error)
        }
        try folder.verify(environment: environment)
        return manifest
    }

    /// The manifest and the dump see the same moment: the dump takes this transaction's snapshot.
    private func dump(_ session: PostgresSession, to path: String) throws -> BackupManifest {
        let server = try ServerAddress(url: database.url)
        return try session.transaction(beginning: "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY") {
            let row = try session.query(
                """
                SELECT pg_export_snapshot() AS snapshot, clock_timestamp() AS at, current_schema()::text AS namespace,
                       current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
                       (SELECT max(number) FROM migration) AS schema,
                       (SELECT count(*) FROM campaign WHERE state NOT IN ('draft', 'finished', 'cancelled') AND NOT stream) AS campaigns,
                       (SELECT coalesce(sum(n - closed), 0)::bigint FROM shard WHERE state <> 'done') AS messages
                """)[0]
            let namespace = try row.text("namespace")
            let tool = try DatabaseTool(
                .dump, atLeast: Int(try row.int("number")) / 10_000, environment: environment)
            try tool.run(
                [
                    "--format=custom", "--compress=1", "--no-owner", "--schema=\"\(namespace)\"",
                    "--snapshot=\(try row.text("snapshot"))", "--lock-wait-timeout=60s", "--file=\(path)",
                ], on: server)
            chmod(path, 0o600)
            let archives = try ArchiveEntry.all(on: session).map {
                BackupManifest.Archive(path: $0.path, bytes: $0.bytes, rowsDigest: Storage.hex($0.rowsDigest))
            }
            return BackupManifest(
                takenAt: try row.time("at"), schema: Int(try row.int("schema")),
                serverVersion: try row.text("version"), namespace: namespace,
                keyCheck: BackupManifest.keyCheck(of: masterKey),
                unfinishedCampaigns: Int(try row.int("campaigns")), unfinishedMessages: Int(try row.int("messages")),
                files: [], archives: archives)
        }
    }

    /// The master key into a file of its own, which is not part of the backup and must not lie in it.
    package func writeKey(to path: String, besides backup: String) throws {
        let path = SmallFile.canonical(path)
        guard !path.hasPrefix(SmallFile.canonical(backup) + "/") else { throw BackupError.keyInBackup(path) }
        guard try SmallFile.writeNew(hex(masterKey) + "\n", to: path, mode: 0o600) else {
            throw BackupError.file(FileError(path: path, code: EEXIST))
        }
    }
}
