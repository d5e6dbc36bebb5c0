import Crypto
import Domain
import Foundation
import Storage
import TestSupport
import Testing

@testable import Reports

/// Evidence as it lies on a disk: what Python reads, what is found when somebody touches it.
@Suite struct EvidenceFileTests {
    private let key: SigningKey
    private let folder = FileManager.default.temporaryDirectory.appending(path: "herald-evidence-\(UUID().uuidString)")

    init() throws {
        key = try SigningKey(rawEd25519: [UInt8](repeating: 7, count: 32))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func spool(_ lines: [String]) throws -> SpoolFile {
        let file = try SpoolFile(in: folder.path)
        for line in lines { try file.line(line) }
        return file
    }

    private func write(_ name: String, facts: JSONObject = ["question": "who"]) throws -> String {
        let files = [
            "messages.ndjson": try spool((0..<20_000).map { "{\"message\":\($0),\"text\":\"Grüße 💡 \($0 % 7)\"}" }),
            "audit.ndjson": try spool([]), "templates/spring-v1.json": try spool(["{}"]),
        ]
        var bytes: [UInt8] = []
        try EvidenceFile.write(files, facts: facts, key: key) { bytes += $0 }
        let path = folder.appending(path: name)
        try Data(bytes).write(to: path)
        return path.path
    }

    @Test func pythonReadsItAndFindsItSignedAndTheSameAnswerHasTheSameBytes() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = try write("a.zip")
        #expect(try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: try write("b.zip"))))
        let pem = folder.appending(path: "key.pem")
        try Data(VerifyingKey.pem(rawEd25519: try key.rawPublic()).utf8).write(to: pem)
        let seen = try #require(try PythonOracle.json("evidence.py", [path, pem.path]).first)
        #expect(seen["bad"]?.isNull == true && seen["signature"] == true)
        let entries = try #require(seen["entries"]?.objectValue)
        #expect(
            Set(entries.map(\.0)) == [
                "audit.ndjson", "manifest.json", "manifest.sig", "messages.ndjson", "templates/spring-v1.json",
            ])
        for file in seen["manifest"]?["files"]?.arrayValue ?? [] {
            let entry = entries[file["name"]?.stringValue ?? ""]
            #expect(entry?["sha256"] == file["sha256"] && entry?["bytes"] == file["bytes"])
            #expect(entry?["time"] == [1980, 1, 1, 0, 0, 0])
        }
        let check = try EvidenceCheck(path, key: try key.rawPublic())
        #expect(check.isSound && check.files == 3, "\(check.faults)")
        #expect(try EvidenceCheck(path).isSound)
        let other = try SigningKey(rawEd25519: [UInt8](repeating: 8, count: 32)).rawPublic()
        #expect(try EvidenceCheck(path, key: other).faults.count == 1)
        // What a check without a key prints is what one with it takes.
        let fingerprint: [UInt8] = try #require(unhex(EvidenceFile.fingerprint(try key.rawPublic())))
        #expect(try EvidenceCheck(path, key: fingerprint).isSound)
    }

    @Test func everyByteCounts() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = try write("a.zip")
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        var random = SeededRandom(seed: 20)
        let touched = folder.appending(path: "touched.zip")
        for round in 0..<300 {
            var changed = bytes
            switch round % 4 {
            case 0: changed.removeLast(Int.random(in: 1..<bytes.count, using: &random))
            case 1: changed.insert(0, at: Int.random(in: 0...bytes.count, using: &random))
            default:
                changed[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
            try Data(changed).write(to: touched)
            let check = try EvidenceCheck(touched.path, key: try key.rawPublic())
            // What is not hashed (a version, a time, an attribute in a header) tells nobody anything.
            if check.isSound { #expect(try contents(touched.path) == contents(path)) }
            if round % 4 < 2 { #expect(!check.isSound, "round \(round)") }
        }
        // Of what can't be read nothing is known.
        for path in ["/nowhere.zip", folder.path] {
            #expect(throws: ZipReader.Unreadable.self) { try EvidenceCheck(path) }
        }
    }

    private func contents(_ path: String) throws -> [String: [UInt8]] {
        let zip = try ZipReader(path)
        var all: [String: [UInt8]] = [:]
        for entry in zip.entries {
            all[entry.name] = []
            #expect(try zip.read(entry, most: 1 << 30) { all[entry.name, default: []] += $0 })
        }
        return all
    }

    /// Put together anew by somebody who knows the format but not the key.
    @Test func whatWasAlteredMissingOrAddedIsNamed() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = try write("a.zip")
        func rewritten(_ change: (inout [String: [UInt8]]) -> Void) throws -> [String] {
            var all = try contents(path)
            change(&all)
            var bytes: [UInt8] = []
            let zip = ZipWriter { bytes += $0 }
            for (name, contents) in all.sorted(by: { $0.key < $1.key }) { try zip.add(name, contents) }
            try zip.close()
            let out = folder.appending(path: "rewritten.zip")
            try Data(bytes).write(to: out)
            return try EvidenceCheck(out.path).faults
        }
        #expect(try rewritten { _ in }.isEmpty)
        #expect(try rewritten { $0["messages.ndjson"]?[5] ^= 1 } == ["“messages.ndjson” was altered."])
        #expect(try rewritten { $0["messages.ndjson"]?.append(10) } == ["“messages.ndjson” was altered."])
        #expect(try rewritten { $0["audit.ndjson"] = nil } == ["“audit.ndjson” is missing."])
        #expect(try rewritten { $0["more.txt"] = [1] } == ["“more.txt” was added."])
        #expect(try rewritten { $0["manifest.json"]?.append(10) }.first?.contains("signature does not fit") == true)
        #expect(try rewritten { $0["manifest.sig"] = nil }.first?.contains("missing or damaged") == true)
        #expect(try rewritten { $0["manifest.json"] = Array("{}".utf8) }.first?.contains("can't be read") == true)
    }

    @Test(arguments: [ZipFormat.longForm, 65_536])
    func pythonReadsEntriesOfEverySize(longFrom: UInt64) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "sizes.zip")
        var bytes: [UInt8] = []
        let zip = ZipWriter(longFrom: longFrom) { bytes += $0 }
        var random = SeededRandom(seed: 4)
        var digests: [String: String] = [:]
        for size in [0, 1, 65_535, 65_536, 65_537, 300_000] {
            let noise = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            for (name, contents) in [("noise-\(size)", noise), ("zeros-\(size)", [UInt8](repeating: 0, count: size))] {
                try zip.add(name, contents)
                digests[name] = String(decoding: Hex.encode(Digest.sha256(contents)), as: UTF8.self)
            }
        }
        try zip.close()
        try Data(bytes).write(to: path)
        let seen = try PythonOracle.json("zip_files.py", [path.path])
        #expect(seen.count == digests.count)
        let reader = try ZipReader(path.path)
        for entry in seen { #expect(entry["sha256"]?.stringValue == digests[entry["name"]?.stringValue ?? ""]) }
        for entry in reader.entries {
            var digest = RunningDigest()
            #expect(try reader.read(entry, most: 1 << 20) { digest.add($0) })
            #expect(String(decoding: Hex.encode(digest.end()), as: UTF8.self) == digests[entry.name])
        }
        #expect(reader.entries.contains { $0.isLong } == (longFrom == 65_536))
    }
}
