import Glibc
import Storage

/// The right to write reports into a folder, held by one process at a time. A lock of the kernel: it ends with its holder,
/// however that dies.
struct ReportLock: ~Copyable {
    private let descriptor: Int32

    init(_ folder: String) throws(ReportError) {
        let path = folder + "/.herald-reports.lock"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard file >= 0 else { throw .notWritten(FileError(path: path, code: errno)) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            var digits = [UInt8](repeating: 0, count: 20)
            let count = pread(file, &digits, digits.count, 0)
            close(file)
            let holder = digits.prefix(max(count, 0)).prefix { $0 >= 0x30 && $0 <= 0x39 }
            throw .busy(folder: folder, process: String(decoding: holder, as: UTF8.self))
        }
        descriptor = file
        ftruncate(file, 0)
        let line = Array("\(getpid())\n".utf8)
        _ = pwrite(file, line, line.count, 0)
    }

    deinit { FileLock.end(descriptor) }
}
