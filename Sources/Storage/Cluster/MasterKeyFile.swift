import Foundation
import Glibc

/// The key that wraps every tenant's key, kept apart from the data folder so that a copy of the data
/// alone tells nothing.
///
/// `HERALD_MASTER_KEY` (hexadecimal or base64) goes before the file that `HERALD_MASTER_KEY_FILE` names, that before
/// `var/secrets/master.key`, which is made once: of two processes that start at once, both get the same key.
package struct MasterKeyFile: Sendable {
    package static let keyBytes = 32

    private let home: HeraldHome
    private let environment: [String: String]

    package init(home: HeraldHome, environment: [String: String]) {
        self.home = home
        self.environment = environment
    }

    /// The key, made now if this home has neither a key nor data.
    package func loadOrCreate() throws(MasterKeyError) -> [UInt8] {
        if let given = try given() { return given }
        let path = home.masterKeyFile
        if access(path, F_OK) != 0, errno == ENOENT {
            guard !home.hasCluster else { throw .lost(file: path) }
            try create(path)
        }
        return try own(path)
    }

    /// The key, for those who don't set a home up.
    package func load() throws(MasterKeyError) -> [UInt8] {
        if let given = try given() { return given }
        return try own(home.masterKeyFile)
    }

    /// Puts a key that came from elsewhere in its place, where a restore needs it. One that is there already, here or in the
    /// environment, must be the same.
    package func keep(_ key: [UInt8]) throws {
        let path = home.masterKeyFile
        if let given = try given() {
            guard given == key else { throw BackupError.otherKey }
        } else if access(path, F_OK) == 0 {
            guard try own(path) == key else { throw BackupError.otherKey }
        } else {
            try write(key, to: path)
        }
    }

    private func given() throws(MasterKeyError) -> [UInt8]? {
        if let text = environment["HERALD_MASTER_KEY"], !text.isEmpty {
            guard let key = Self.decode(text) else { throw .malformed(source: "HERALD_MASTER_KEY") }
            return key
        }
        guard let path = environment["HERALD_MASTER_KEY_FILE"], !path.isEmpty else { return nil }
        return try read(path)
    }

    /// Our own file is ours alone; one that was handed in may be a mounted secret with open permissions.
    private func own(_ path: String) throws(MasterKeyError) -> [UInt8] {
        var info = stat()
        guard stat(path, &info) == 0 else {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        guard info.st_mode & 0o077 == 0 else { throw .exposed(file: path) }
        return try read(path)
    }

    private func read(_ path: String) throws(MasterKeyError) -> [UInt8] {
        guard let text = SmallFile.read(path) else {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        guard let key = Self.decode(text) else { throw .malformed(source: path) }
        return key
    }

    private func create(_ path: String) throws(MasterKeyError) {
        try write(randomBytes(Self.keyBytes), to: path)
    }

    private func write(_ key: [UInt8], to path: String) throws(MasterKeyError) {
        do throws(ClusterError) {
            try home.create()
            try ServerAccount.own.makePrivateFolder(home.secretsFolder)
            _ = try SmallFile.writeNew(hex(key) + "\n", to: path, mode: 0o600)
        } catch {
            throw .notWritten(error)
        }
    }

    /// 64 hexadecimal digits, or base64 of 32 bytes, in plain or URL form, with or without padding.
    static func decode(_ text: String) -> [UInt8]? {
        let word = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if word.utf8.count == 2 * keyBytes, let key = unhex(word) { return key }
        var base64 = String(word.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: base64), data.count == keyBytes else { return nil }
        return Array(data)
    }
}
