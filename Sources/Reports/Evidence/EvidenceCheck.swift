import Crypto
import Domain
import Storage

/// Whether an evidence file is as it was signed. Needs nothing but the file: no database, no network.
package struct EvidenceCheck: Sendable {
    package private(set) var faults: [String] = []
    package private(set) var files = 0
    /// The public key that the file itself names, 32 bytes.
    package private(set) var key: [UInt8] = []
    package private(set) var manifest: JSON = .null

    package var isSound: Bool { faults.isEmpty }

    private static let largestManifest: UInt64 = 16 << 20

    /// `key`: the public key that is trusted, or its fingerprint; without one the file's own, which proves that nothing was
    /// altered, but not who signed it. A file that can't be read is an error: nothing is known of it.
    package init(_ path: String, key trusted: [UInt8]? = nil) throws {
        do {
            try check(ZipReader(path), trusted)
        } catch let unreadable as ZipReader.Unreadable {
            throw unreadable
        } catch {
            faults.append((error as? ZipReader.Fault)?.description ?? "\(error)")
        }
    }

    private mutating func check(_ zip: ZipReader, _ trusted: [UInt8]?) throws {
        guard let bytes = try contents(EvidenceFile.manifest, zip),
            let signature = try contents(EvidenceFile.signature, zip)
        else {
            faults.append("The manifest or its signature is missing or damaged, so nothing in the file is proved.")
            return
        }
        guard let manifest = try? JSON.parse(String(decoding: bytes, as: UTF8.self)),
            manifest["format"]?.stringValue == EvidenceFile.format,
            let own = manifest["key"]?.stringValue.flatMap({ Base64.decode(Array($0.utf8)) }),
            let listed = manifest["files"]?.arrayValue
        else {
            faults.append("The manifest can't be read: it is none, or of a later version of Herald.")
            return
        }
        (self.manifest, self.key) = (manifest, own)
        if let trusted, trusted != own, hex(trusted) != EvidenceFile.fingerprint(own) {
            faults.append(
                "The file was signed with another key (\(EvidenceFile.fingerprint(own))) than the one that was given.")
        }
        let verifier = try? VerifyingKey(rawEd25519: own)
        if verifier?.verifyEd25519(signature, of: bytes) != true {
            faults.append(
                "The signature does not fit the manifest: the manifest was altered, or signed by somebody else.")
        }
        try compare(listed, zip)
    }

    private mutating func compare(_ listed: [JSON], _ zip: ZipReader) throws {
        var left: [String: ZipReader.Entry] = [:]
        for entry in zip.entries where entry.name != EvidenceFile.manifest && entry.name != EvidenceFile.signature {
            if left.updateValue(entry, forKey: entry.name) != nil { faults.append("“\(entry.name)” is there twice.") }
        }
        for file in listed {
            let name = file["name"]?.stringValue ?? ""
            guard let entry = left.removeValue(forKey: name) else {
                faults.append("“\(name)” is missing.")
                continue
            }
            files += 1
            var digest = RunningDigest()
            let size = UInt64(clamping: file["bytes"]?.intValue ?? 0)
            let isWhole = try entry.size == size && zip.read(entry, most: size) { digest.add($0) }
            if !isWhole || hex(digest.end()) != file["sha256"]?.stringValue {
                faults.append("“\(name)” was altered.")
            }
        }
        for name in left.keys.sorted() { faults.append("“\(name)” was added.") }
    }

    private func contents(_ name: String, _ zip: ZipReader) throws -> [UInt8]? {
        let found = zip.entries.filter { $0.name == name }
        guard found.count == 1 else { return nil }
        var bytes: [UInt8] = []
        return try zip.read(found[0], most: Self.largestManifest) { bytes += $0 } ? bytes : nil
    }
}
