import Glibc
import TestDatabase

@testable import Storage

/// A small file system in memory that a test may fill. Needs root's rights to mount; goes with its folder.
struct DiskOfItsOwn {
    let path: String

    /// Tried once: in most containers even root may not mount.
    static let isPossible = geteuid() == 0 && (try? DiskOfItsOwn(megabytes: 1)) != nil

    init(megabytes: Int) throws {
        path = try TestFolder.make() + "/disk"
        try SmallFile.makeFolders(path)
        let options = "size=\(megabytes)m,mode=755"
        let mount = Command("/usr/bin/mount", ["-t", "tmpfs", "-o", options, "none", path], as: .own)
        guard try mount.run().succeeded else { throw ClusterError.file("mount", path, EPERM) }
    }

    /// Leaves 12 MB: less than one file of the server's log, so the disk counts as full.
    func fill() throws {
        makeRoom()
        let file = open(path + "/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        let size = MachineSize.freeSpace(on: path) - (12 << 20)
        guard posix_fallocate(file, 0, off_t(size)) == 0 else { throw ClusterError.file("fill", path, ENOSPC) }
    }

    func makeRoom() { unlink(path + "/filler") }
}
