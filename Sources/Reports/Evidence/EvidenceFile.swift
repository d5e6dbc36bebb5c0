import Crypto
import Domain
import Storage

/// What an auditor gets: files in a ZIP, a manifest with the digest of each, and a signature of the manifest. The same
/// answers give the same bytes: files in the order of their names, no time of making.
package enum EvidenceFile {
    static let format = "herald evidence 1"
    static let manifest = "manifest.json"
    static let signature = "manifest.sig"

    /// `facts` is what the manifest says besides: the question, and up to where it is answered.
    package static func write(
        _ files: [String: SpoolFile], facts: JSONObject, key: SigningKey, to output: @escaping ([UInt8]) throws -> Void
    ) throws {
        var list: [JSON] = []
        let names = files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for name in names {
            guard let file = files[name] else { continue }
            var digest = RunningDigest()
            try file.read { digest.add($0) }
            list.append([
                "name": .string(name), "bytes": .int(Int64(file.size)), "rows": .int(Int64(file.lines)),
                "sha256": .string(hex(digest.end())),
            ])
        }
        var object: JSONObject = [
            "format": .string(format),
            "key": .string(String(decoding: Base64.encode(try key.rawPublic()), as: UTF8.self)),
        ]
        for (name, value) in facts { object[name] = value }
        object["files"] = .array(list)
        let manifest = ReportManifest(json: .object(object)).bytes
        let zip = ZipWriter(output)
        for name in names {
            guard let file = files[name] else { continue }
            try zip.add(name, size: file.size, try file.reader())
        }
        try zip.add(Self.manifest, manifest)
        try zip.add(signature, try key.ed25519(manifest))
        try zip.close()
    }

    /// How people tell a public key from another.
    package static func fingerprint(_ key: [UInt8]) -> String { hex(Digest.sha256(key)) }
}
