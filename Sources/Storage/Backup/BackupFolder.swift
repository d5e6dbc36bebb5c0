import Crypto
import Domain
import Glibc

/// A backup on disk: a folder that only its owner may enter, with the database, the server's own settings and a manifest.
/// The master key is never in it.
package struct BackupFolder: Sendable {
    package let path: String

    package init(_ path: String) { self.path = SmallFile.canonical(path) }

    private func place(_ name: String) -> String { path + "/" + name }

    package func manifest() throws -> BackupManifest {
        let file = place(BackupManifest.name)
        guard SmallFile.kind(of: file) == .file else { throw BackupError.noBackup(path) }
        guard let text = SmallFile.read(file) else {
            throw BackupError.unreadable(file: file, why: String(cString: strerror(errno)))
        }
        guard let json = try? JSON.parse(text), let manifest = BackupManifest(json: json) else {
            throw BackupError.unreadable(file: file, why: "it is no manifest of a backup")
        }
        return manifest
    }

    /// Reads everything: the files are those that were written, and `pg_restore` can read the database to its end. Blocks.
    @discardableResult
    package func verify(environment: [String: String]) throws -> BackupManifest {
        let manifest = try manifest()
        for file in manifest.files {
            guard try Self.describe(place(file.name), as: file.name) == file else {
                throw BackupError.damaged(file: place(file.name))
            }
        }
        guard manifest.files.contains(where: { $0.name == BackupManifest.dump }) else {
            throw BackupError.noBackup(path)
        }
        let major = Int(manifest.serverVersion.prefix { $0.isNumber }) ?? 0
        try DatabaseTool(.restore, atLeast: major, environment: environment)
            .run(["--file=/dev/null", place(BackupManifest.dump)], on: nil)
        return manifest
    }

    var dump: String { place(BackupManifest.dump) }

    /// Beside the data of the embedded server, where they hold from its next start on.
    package func putSettings(into folder: String) throws {
        guard let text = SmallFile.read(place(BackupManifest.settings)) else { return }
        try SmallFile.write(
            text, to: folder + "/" + BackupManifest.settings, mode: 0o600, owner: try .forData(in: folder))
    }

    static func describe(_ path: String, as name: String) throws -> BackupManifest.File {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw BackupError.unreadable(file: path, why: String(cString: strerror(errno)))
        }
        defer { close(file) }
        var digest = RunningDigest()
        var size = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw BackupError.unreadable(file: path, why: String(cString: strerror(errno)))
            }
            if count == 0 { break }
            digest.add(count == buffer.count ? buffer : Array(buffer[..<count]))
            size += count
        }
        return BackupManifest.File(name: name, bytes: size, digest: Storage.hex(digest.end()))
    }
}
