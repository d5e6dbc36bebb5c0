import Crypto
import Domain

/// What a backup is, and how its files must be: written last, so that a folder without one is no backup.
package struct BackupManifest: Sendable, Hashable {
    package struct File: Sendable, Hashable {
        package let name: String
        package let bytes: Int
        /// SHA-256, hexadecimal.
        package let digest: String

        package init(name: String, bytes: Int, digest: String) {
            self.name = name
            self.bytes = bytes
            self.digest = digest
        }
    }

    /// An archive of the ledger that the database names. The file is not copied: it never changes, and is as large as all of
    /// the backup soon. It is kept beside the backups once for all.
    package struct Archive: Sendable, Hashable {
        package let path: String
        package let bytes: Int64
        /// SHA-256 over its rows, hexadecimal: what its description names.
        package let rowsDigest: String
    }

    package static let name = "manifest.json"
    static let dump = "database.dump"
    static let settings = "local.conf"
    private static let format: Int64 = 1

    /// The moment of the database that the backup shows: what was committed later is not in it.
    package var takenAt: Timestamp
    package var schema: Int
    package var serverVersion: String
    /// The tables' own; others in the database are not Herald's.
    package var namespace: String
    /// Tells the right master key from a wrong one, and nothing else about it.
    package var keyCheck: String
    /// Campaigns and messages that had not ended.
    package var unfinishedCampaigns: Int
    package var unfinishedMessages: Int
    package var files: [File]
    package var archives: [Archive] = []

    package static func keyCheck(of masterKey: [UInt8]) -> String {
        Storage.hex(HMAC.sha256(key: masterKey, message: Array("herald backup".utf8)).prefix(16))
    }

    package var json: JSON {
        [
            "format": .int(Self.format), "taken_at": .string(takenAt.description), "schema": .int(Int64(schema)),
            "postgresql": .string(serverVersion), "namespace": .string(namespace), "key_check": .string(keyCheck),
            "unfinished_campaigns": .int(Int64(unfinishedCampaigns)),
            "unfinished_messages": .int(Int64(unfinishedMessages)),
            "files": .array(
                files.map {
                    ["name": .string($0.name), "bytes": .int(Int64($0.bytes)), "sha256": .string($0.digest)]
                }),
            "archives": .array(
                archives.map {
                    ["file": .string($0.path), "bytes": .int($0.bytes), "rows_sha256": .string($0.rowsDigest)]
                }),
        ]
    }
}

extension BackupManifest {
    /// Nil where it is none, or of a form that this program doesn't know.
    init?(json: JSON) {
        guard json["format"]?.intValue == Self.format,
            let takenAt = json["taken_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }),
            let schema = json["schema"]?.intValue, let server = json["postgresql"]?.stringValue,
            let namespace = json["namespace"]?.stringValue, let keyCheck = json["key_check"]?.stringValue,
            let campaigns = json["unfinished_campaigns"]?.intValue,
            let messages = json["unfinished_messages"]?.intValue, let list = json["files"]?.arrayValue
        else { return nil }
        var files: [File] = []
        for entry in list {
            // A name with a folder in it would lead out of the backup.
            guard let name = entry["name"]?.stringValue, !name.contains("/"), let bytes = entry["bytes"]?.intValue,
                let digest = entry["sha256"]?.stringValue
            else { return nil }
            files.append(File(name: name, bytes: Int(bytes), digest: digest))
        }
        self.init(
            takenAt: takenAt, schema: Int(schema), serverVersion: server, namespace: namespace, keyCheck: keyCheck,
            unfinishedCampaigns: Int(campaigns), unfinishedMessages: Int(messages), files: files)
        // Manifests of before don't name any.
        for entry in json["archives"]?.arrayValue ?? [] {
            guard let path = entry["file"]?.stringValue, let bytes = entry["bytes"]?.intValue,
                let digest = entry["rows_sha256"]?.stringValue
            else { return nil }
            archives.append(Archive(path: path, bytes: bytes, rowsDigest: digest))
        }
    }
}
