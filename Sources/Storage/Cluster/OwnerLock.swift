import Glibc

/// The right to start and stop the cluster, held by one process at a time.
///
/// A lock of the kernel on an open file, so it ends with its holder however that dies. The descriptor is
/// closed on exec: a server process that inherited it would keep the lock after a kill -9 of Herald.
struct OwnerLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock, or says who has it.
    init(_ folder: ClusterFolder) throws(ClusterError) {
        let file = open(folder.ownerLock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .file("open", folder.ownerLock, errno) }
        // `isHeld` of another process takes the lock for some microseconds: hence the few tries.
        var tries = 0
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            tries += 1
            guard errno == EWOULDBLOCK || errno == EINTR, tries < 5 else {
                close(file)
                throw .dataInUse(pid: Self.holder(of: folder), folder: folder.path)
            }
            usleep(20_000)
        }
        descriptor = file
        ftruncate(file, 0)
        let line = Array("\(getpid())\n".utf8)
        _ = pwrite(file, line, line.count, 0)
        if folder.account.isOther { _ = fchown(file, folder.account.user, folder.account.group) }
    }

    deinit { FileLock.end(descriptor) }

    /// Says in the code until when the lock is needed.
    consuming func release() {}

    static func isHeld(_ folder: ClusterFolder) -> Bool {
        let file = open(folder.ownerLock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return false }
        defer { FileLock.end(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// The process that wrote itself down, if it is alive and has the lock file open. (A number alone
    /// may be another process's by now, or one of another container.)
    static func holder(of folder: ClusterFolder) -> pid_t? {
        guard let line = SmallFile.read(folder.ownerLock)?.split(separator: "\n").first, let process = pid_t(line)
        else { return nil }
        var lock = stat()
        guard stat(folder.ownerLock, &lock) == 0 else { return nil }
        let descriptors = "/proc/\(process)/fd"
        let holds = Folder.names(in: descriptors).contains { name in
            var file = stat()
            guard stat("\(descriptors)/\(name)", &file) == 0 else { return false }
            return file.st_ino == lock.st_ino && file.st_dev == lock.st_dev
        }
        return holds ? process : nil
    }
}
