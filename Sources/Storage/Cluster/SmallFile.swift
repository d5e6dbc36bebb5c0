import Glibc

/// The few plain file operations that the cluster and the master key need, with the guarantees they
/// rely on: nothing is followed through a symbolic link, nothing is half written, nothing is inherited.
enum SmallFile {
    enum Kind { case file, folder, other }

    /// What stands at the path itself, or nil where nothing does or it can't be seen.
    static func kind(of path: String) -> Kind? {
        var info = stat()
        guard lstat(path, &info) == 0 else { return nil }
        switch info.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
    }

    static func owner(of path: String) -> uid_t? {
        var info = stat()
        return lstat(path, &info) == 0 ? info.st_uid : nil
    }

    /// The first 64 KiB, or nil where the file can't be read.
    static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 65536)
        var length = 0
        while length < bytes.count {
            let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + length, $0.count - length) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            length += count
        }
        return String(decoding: bytes[..<length], as: UTF8.self)
    }

    /// Whole or absent after a crash.
    static func write(
        _ text: String, to path: String, mode: mode_t, owner: ServerAccount? = nil
    ) throws(ClusterError) {
        let file = try begin(text, path, mode, owner)
        do throws(FileError) { try file.commit() } catch { throw .file("replace", path, error.code) }
    }

    /// Like `write`, but a file that is already there stays, whoever made it. Says whether it was made now.
    static func writeNew(_ text: String, to path: String, mode: mode_t) throws(ClusterError) -> Bool {
        let file = try begin(text, path, mode, nil)
        do throws(FileError) { return try file.commitNew() } catch { throw .file("make", path, error.code) }
    }

    private static func begin(
        _ text: String, _ path: String, _ mode: mode_t, _ owner: ServerAccount?
    ) throws(ClusterError) -> AtomicFile {
        do throws(FileError) {
            let file = try AtomicFile(path, mode: mode, exact: true)
            try file.write(Array(text.utf8))
            if let owner, owner.isOther { try file.give(to: owner.user, owner.group) }
            return file
        } catch {
            throw .file("write", path, error.code)
        }
    }

    /// Makes the folder and those above it; the new ones are open to be walked through, whatever the umask.
    static func makeFolders(_ path: String) throws(ClusterError) {
        do throws(FileError) { try Folder.make(path, open: true) } catch {
            throw .file("make the folder", error.path, error.code)
        }
    }

    /// Removes a folder and what is in it, never through a symbolic link.
    static func removeFolder(_ path: String) {
        for name in Folder.names(in: path) {
            let child = path + "/" + name
            if kind(of: child) == .folder { removeFolder(child) } else { unlink(child) }
        }
        rmdir(path)
    }

    /// The path made absolute and free of symbolic links, `.` and `..`, also where its last parts don't exist yet.
    static func canonical(_ path: String) -> String {
        var missing: [Substring] = []
        var head = Substring(path.isEmpty ? "." : path)
        while true {
            if let real = realpath(String(head), nil) {
                defer { free(real) }
                let base = String(cString: real)
                // What doesn't exist yet holds no symbolic link, so its `..` may be taken by name.
                var parts = base.split(separator: "/")
                for part in missing.reversed() where part != "." && !part.isEmpty {
                    if part == ".." { _ = parts.popLast() } else { parts.append(part) }
                }
                return "/" + parts.joined(separator: "/")
            }
            guard let slash = head.lastIndex(of: "/") else {
                missing.append(head)
                head = "."
                continue
            }
            missing.append(head[head.index(after: slash)...])
            head = slash == head.startIndex ? "/" : head[..<slash]
        }
    }
}
