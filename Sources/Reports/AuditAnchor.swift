import Domain
import Glibc
import Storage

/// Where the audit's chain ended on a day, in a file outside the database: who makes the chain anew from some entry on can't
/// make this anew as well. One for each day (UTC); written again on the same day it tells of the newer end, which holds all
/// that the older one held.
package enum AuditAnchor {
    private static let format = "herald audit anchor 1"

    package enum Fault: Error, CustomStringConvertible {
        case unreadable(path: String, reason: String)
        case differs(path: String, folder: String)
        case holes(sequence: Int64, entries: Int64, folder: String)
        case notWritten(FileError)

        package var description: String {
            switch self {
            case .unreadable(let path, let reason):
                "\(path) is no anchor of the audit: \(reason). Move it away if it is damaged; the other anchors hold."
            case .differs(let path, let folder):
                "The audit's chain is not the one that \(path) saw. No anchor was written; "
                    + "`herald audit verify --anchors \(folder)` names the first entry that is wrong."
            case .holes(let sequence, let entries, let folder):
                "The audit's chain ends with number \(sequence), but there are \(entries) entries: some were "
                    + (entries < sequence ? "removed" : "inserted")
                    + ". No anchor was written; `herald audit verify --anchors \(folder)` names them."
            case .notWritten(let error):
                "The audit's anchor \(error.path) could not be written: \(error.reason). Mend that, or name another folder "
                    + "with --out, and run it again."
            }
        }
    }

    /// Writes today's; refuses where the chain has holes, or does not go on from the newest one in the folder.
    package static func write(_ store: AuditStore, into folder: String, now: Timestamp = .now) async throws -> (
        path: String, head: AuditHead
    ) {
        do throws(FileError) { try Folder.make(folder) } catch { throw Fault.notWritten(error) }
        if let newest = try read(folder).last {
            guard try await store.holds(newest.head) else {
                throw Fault.differs(path: "\(folder)/\(newest.name)", folder: folder)
            }
        }
        let (head, entries, today) = try await store.head()
        // Each entry has a number, without holes: an anchor of anything else would vouch for what is broken.
        guard head.seq == entries else {
            throw Fault.holes(sequence: head.seq, entries: entries, folder: folder)
        }
        let day = String(now.description.prefix(10))
        let path = "\(folder)/audit-\(day).json"
        let json: JSON = [
            "format": .string(format), "day": .string(day), "written_at": .string(now.description),
            "sequence": .int(head.seq), "hash": .string(hex(head.hash)), "entries": .int(entries),
            "entries_of_day": .int(today),
        ]
        do throws(FileError) {
            try AtomicFile.write(Array((json.text + "\n").utf8), to: path, mode: 0o644)
        } catch { throw Fault.notWritten(error) }
        return (path, head)
    }

    /// All anchors of a folder, the oldest first.
    package static func read(_ folder: String) throws -> [AuditVerification.Anchor] {
        try names(folder).map { name in
            let path = "\(folder)/\(name)"
            guard let bytes = contents(path) else {
                throw Fault.unreadable(path: path, reason: String(cString: strerror(errno)))
            }
            guard let json = try? JSON.parse(String(decoding: bytes, as: UTF8.self)), json["format"] == .string(format),
                let seq = json["sequence"]?.intValue, let hash = json["hash"]?.stringValue.flatMap({ unhex($0) }),
                hash.count == 32
            else { throw Fault.unreadable(path: path, reason: "it does not say where the chain ended") }
            return AuditVerification.Anchor(name: name, head: AuditHead(seq: seq, hash: hash))
        }
    }

    /// `audit-2026-03-01.json` and its like.
    private static func names(_ folder: String) -> [String] {
        Folder.names(in: folder).filter { name in
            name.utf8.count == 21 && name.hasPrefix("audit-") && name.hasSuffix(".json")
                && CivilDate(String(name.dropFirst(6).dropLast(5))) != nil
        }
    }

    private static func contents(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
        return count < 0 ? nil : Array(bytes.prefix(count))
    }
}
