import Domain
import Storage

/// Archives as people and machines read them.
enum ArchiveText {
    static func line(_ outcome: ArchiveRun.Outcome) -> String {
        switch outcome {
        case .archived(let entry, let seconds):
            "slice \(entry.number): \(plural(entry.rows, "row")), \(size(entry.bytes)), in \(entry.path) "
                + "(\((seconds * 100).rounded() / 100) s)"
        case .copied(let slice, let path, let rows, let bytes):
            "slice \(slice): \(plural(rows, "row")), \(size(bytes)), copied to \(path); the rows stay"
        case .left(let slice, let why): "slice \(slice): left for the next time, \(why)"
        }
    }

    static func json(_ outcome: ArchiveRun.Outcome) -> JSON {
        switch outcome {
        case .archived(let entry, let seconds):
            var json = Self.json(entry)
            json["outcome"] = "archived"
            json["seconds"] = .double(seconds)
            return .object(json)
        case .copied(let slice, let path, let rows, let bytes):
            return [
                "outcome": "copied", "id": .int(Int64(slice)), "file": .string(path), "rows": .int(rows),
                "bytes": .int(bytes),
            ]
        case .left(let slice, let why): return ["outcome": "left", "id": .int(Int64(slice)), "why": .string(why)]
        }
    }

    static func json(_ entry: ArchiveEntry) -> JSONObject {
        [
            "id": .int(Int64(entry.number)), "file": .string(entry.path), "rows": .int(entry.rows),
            "bytes": .int(entry.bytes), "from": .string(entry.atFrom.description),
            "to": .string(entry.atTo.description),
            "archived_at": .string(entry.archivedAt.description),
        ]
    }

    /// Names what could not be read; the exit code tells of it.
    static func end(_ faults: [ArchiveFault], _ screen: Screen) -> ExitCode {
        for fault in faults { screen.note("Not searched: \(fault)") }
        return faults.isEmpty ? .done : .doneWithRejects
    }

    static func size(_ bytes: Int64) -> String {
        switch bytes {
        case ..<(1 << 10): plural(bytes, "byte")
        case ..<(1 << 20): "\(bytes >> 10) KB"
        default: "\(grouped(bytes >> 20)) MB"
        }
    }
}
