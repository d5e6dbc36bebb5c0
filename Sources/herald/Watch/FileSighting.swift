import Foundation

/// How a file looked at one moment. Two equal ones, a while apart, mean that nobody added to it meanwhile.
struct FileSighting: Equatable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let modifiedSeconds: Int64
    let modifiedNanoseconds: Int64

    /// Nil for what is no regular file: folders, and symbolic links, which could lead out of the folder.
    init?(_ path: String) {
        var info = stat()
        guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
        size = Int64(info.st_size)
        modifiedSeconds = Int64(info.st_mtim.tv_sec)
        modifiedNanoseconds = Int64(info.st_mtim.tv_nsec)
    }

    func isOlder(than other: FileSighting) -> Bool {
        (modifiedSeconds, modifiedNanoseconds) < (other.modifiedSeconds, other.modifiedNanoseconds)
    }

    /// Whether some process has the file open for writing. The kernel gives a read lease only on files that nobody
    /// writes to; unlike a wait for IN_CLOSE_WRITE this also tells about writers that were there before us. False
    /// where it can't be known: another owner's file, a file system without leases.
    static func isBeingWritten(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return false }
        defer { close(file) }
        if fcntl(file, setLease, Int32(F_RDLCK)) == 0 {
            _ = fcntl(file, setLease, Int32(F_UNLCK))
            return false
        }
        return errno == EAGAIN
    }

    /// `F_SETLEASE`, which glibc shows only to _GNU_SOURCE.
    private static let setLease: Int32 = 1024
}
