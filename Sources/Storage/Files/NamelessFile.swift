import Glibc

/// A temporary file whose name is taken away at once: gone with its descriptor, whatever happens to the process.
package enum NamelessFile {
    /// Its descriptor, for reading and writing; no other user and no child process gets at it.
    package static func open(in folder: String) throws(FileError) -> Int32 {
        let path = folder + "/.herald-" + String(UInt64.random(in: .min ... .max), radix: 36)
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)
        guard descriptor >= 0 else { throw FileError(path: folder, code: errno) }
        unlink(path)
        return descriptor
    }
}
