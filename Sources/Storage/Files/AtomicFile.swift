import Glibc

/// A file that is whole under its name or not there, also after a crash: written beside it under another name,
/// synced, then moved into place, the folder synced. What is not committed is removed when the value goes.
package final class AtomicFile {
    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private var isCommitted = false

    /// `mode` is what the umask leaves of it, unless it is to be `exact`.
    package init(_ path: String, mode: mode_t, exact isExact: Bool = false) throws(FileError) {
        self.path = path
        let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
        temporary = "\(Folder.parent(of: path))/.\(name).\(getpid()).\(UInt32.random(in: 0 ... .max))"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
        if isExact { try check(fchmod(descriptor, mode)) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        if !isCommitted { unlink(temporary) }
    }

    /// Writes a file at once.
    package static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(FileError) {
        let file = try AtomicFile(path, mode: mode)
        try file.write(bytes)
        try file.commit()
    }

    package func write(_ bytes: [UInt8]) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { try check(-1) }
        }
    }

    /// Hands the file to another user.
    func give(to user: uid_t, _ group: gid_t) throws(FileError) { try check(fchown(descriptor, user, group)) }

    /// In the place of what stood there.
    package func commit() throws(FileError) {
        try check(fsync(descriptor))
        try check(rename(temporary, path))
        isCommitted = true
        try Folder.sync(Folder.parent(of: path))
    }

    /// Only where nothing stands yet, whoever made it. Says whether it is ours now.
    func commitNew() throws(FileError) -> Bool {
        try check(fsync(descriptor))
        guard link(temporary, path) == 0 else {
            if errno == EEXIST { return false }
            throw FileError(path: path, code: errno)
        }
        try Folder.sync(Folder.parent(of: path))
        return true
    }

    private func check(_ result: Int32) throws(FileError) {
        guard result == 0 else { throw FileError(path: path, code: errno) }
    }
}
