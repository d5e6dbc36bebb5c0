import Foundation
import Storage

/// A folder that files are dropped into, and where they go from there:
/// ```
/// DIR -> sending (taken: its campaign is being stored) -> done | failed
/// ```
/// One process at a time works on it. A file is moved, never copied or removed, and never over another one. Before
/// anything of a file is stored, the number of its campaign is written down beside it, durably: what an interrupted
/// predecessor left in `sending` is settled by asking the database about that number.
final class WatchedFolder: Sendable {
    enum End: String, Sendable {
        case done, failed
    }

    let path: String
    private let lock: Int32

    init(_ path: String) throws {
        guard let real = realpath(path, nil) else {
            throw CommandError.failed("\(path) can't be watched: \(Self.reason). Make the folder first.")
        }
        defer { Foundation.free(real) }
        self.path = String(cString: real)
        for part in ["sending", "done", "failed"] {
            let folder = self.path + "/" + part
            guard mkdir(folder, 0o777) == 0 || errno == EEXIST, access(folder, W_OK | X_OK) == 0 else {
                throw CommandError.failed("\(folder) can't be used: \(Self.reason).")
            }
        }
        lock = open(self.path + "/sending/.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw CommandError.failed("\(self.path)/sending can't be used: \(Self.reason).") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw InUse(path: self.path)
        }
    }

    deinit { FileLock.end(lock) }

    /// Another process works on the folder.
    struct InUse: Error, CustomStringConvertible {
        let path: String
        var description: String { "Another `herald watch` works on \(path)." }
    }

    private static var reason: String { String(cString: strerror(errno)) }

    // MARK: Looking

    /// What lies there to be sent. Hidden names and those that programs give to unfinished files are left alone.
    func sightings() throws -> [String: FileSighting] {
        var found: [String: FileSighting] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where Self.isWanted(name) {
            found[name] = FileSighting(path + "/" + name)
        }
        return found
    }

    static func isWanted(_ name: String) -> Bool {
        let unfinished = [".part", ".tmp", ".filepart", ".crdownload"]
        return !name.hasPrefix(".") && !unfinished.contains { name.lowercased().hasSuffix($0) }
    }

    /// The files that look as they did before and that nobody writes to, the oldest first.
    func complete(before: [String: FileSighting], now: [String: FileSighting]) -> [String] {
        now.filter { before[$0.key] == $0.value && !FileSighting.isBeingWritten(path + "/" + $0.key) }
            .sorted { $0.value.isOlder(than: $1.value) || (!$1.value.isOlder(than: $0.value) && $0.key < $1.key) }
            .map(\.key)
    }

    // MARK: Taking

    func sendingPath(_ name: String) -> String { path + "/sending/" + name }

    private func numberPath(_ name: String) -> String { path + "/sending/.\(Self.fitting(name, 200)).campaign" }

    /// False where it is gone: somebody took it back.
    func take(_ name: String) throws -> Bool {
        unlink(numberPath(name))
        guard rename(path + "/" + name, sendingPath(name)) == 0 else {
            if errno == ENOENT { return false }
            throw CommandError.failed("\(path)/\(name) can't be moved: \(Self.reason).")
        }
        return true
    }

    /// Writes down whose number the taken file has, so that a power cut does not lose it.
    func record(campaign: Int64, of name: String) throws {
        let file = open(numberPath(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw CommandError.failed("\(path)/sending can't be written: \(Self.reason).") }
        defer { close(file) }
        let line = Array("\(campaign)\n".utf8)
        guard write(file, line, line.count) == line.count, fsync(file) == 0, sync("sending"), sync("") else {
            throw CommandError.failed("\(path)/sending can't be written: \(Self.reason).")
        }
    }

    /// What a predecessor took and did not get to the end of; without a number nothing was begun.
    func interrupted() throws -> [(name: String, campaign: Int64?)] {
        try FileManager.default.contentsOfDirectory(atPath: path + "/sending").filter { !$0.hasPrefix(".") }.sorted()
            .map { name in
                let text = try? String(contentsOfFile: numberPath(name), encoding: .utf8)
                return (name, text.flatMap { $0.hasSuffix("\n") ? Int64($0.dropLast()) : nil })
            }
    }

    /// Puts a taken file back to be sent as if it had just come.
    func giveBack(_ name: String) throws {
        try move(name, to: path + "/" + unused(name, in: path))
    }

    // MARK: Finishing

    /// A name in `done` or `failed` that neither the file nor what is written beside it takes from another one.
    func place(for name: String, in end: End) -> String {
        path + "/\(end.rawValue)/" + unused(Self.fitting(name, 200), in: path + "/" + end.rawValue)
    }

    /// Moves a taken file to its place; with that it is settled.
    func finish(_ name: String, at place: String) throws { try move(name, to: place) }

    private func move(_ name: String, to place: String) throws {
        guard rename(sendingPath(name), place) == 0 else {
            throw CommandError.failed("\(sendingPath(name)) can't be moved to \(place): \(Self.reason).")
        }
        unlink(numberPath(name))
        _ = sync("sending")
    }

    /// `customers.csv`, else `customers-2.csv` and so on.
    private func unused(_ name: String, in folder: String) -> String {
        let (stem, dot) = Self.parts(name)
        var number = 1
        while true {
            let candidate = number == 1 ? name : "\(stem)-\(number)\(dot)"
            let beside = ["", ".rejects.csv", ".error.txt", ".note.txt"]
            if !beside.contains(where: { exists("\(folder)/\(candidate)\($0)") }) { return candidate }
            number += 1
        }
    }

    private func exists(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0
    }

    /// The name and its ending with the dot.
    private static func parts(_ name: String) -> (stem: Substring, ending: Substring) {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return (name[...], "") }
        return (name[..<dot], name[dot...])
    }

    /// Shortened so that there is room for endings: a name has 255 bytes at most.
    private static func fitting(_ name: String, _ bytes: Int) -> String {
        guard name.utf8.count > bytes else { return name }
        var (stem, ending) = parts(name)
        if ending.utf8.count > 20 { (stem, ending) = (name[...], "") }
        while stem.utf8.count + ending.utf8.count > bytes { stem.removeLast() }
        return String(stem + ending)
    }

    private func sync(_ part: String) -> Bool {
        let folder = open(path + "/" + part, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return false }
        defer { close(folder) }
        return fsync(folder) == 0
    }
}
