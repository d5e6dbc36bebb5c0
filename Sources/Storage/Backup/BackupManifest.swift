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
    }
}
