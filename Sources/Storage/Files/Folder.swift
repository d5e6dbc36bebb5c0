import Glibc

/// Folders on disk.
package enum Folder {
    /// Makes the folder and those above it with what the umask leaves of `rwxr-xr-x`. `isOpen` leaves all of it: then
    /// the new ones can be walked through by everybody.
    package static func make(_ path: String, open isOpen: Bool = false) throws(FileError) {
        var info = stat()
        if stat(path, &info) == 0 {
            guard info.st_mode & S_IFMT == S_IFDIR else { throw FileError(path: path, code: ENOTDIR) }
            return
        }
        guard errno == ENOENT, path != "/" else { throw FileError(path: path, code: errno) }
        try make(parent(of: path), open: isOpen)
        if mkdir(path, 0o755) == 0 {
            if isOpen { chmod(path, 0o755) }
        } else if errno != EEXIST {
            throw FileError(path: path, code: errno)
        }
    }

    /// The names in a folder, sorted; empty where it can't be read.
    package static func names(in folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// So that a name that was just given in it outlives a crash. Not every file system can do that.
    static func sync(_ path: String) throws(FileError) {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw FileError(path: path, code: errno) }
        defer { close(folder) }
        guard fsync(folder) == 0 || errno == EINVAL else { throw FileError(path: path, code: errno) }
    }
}
