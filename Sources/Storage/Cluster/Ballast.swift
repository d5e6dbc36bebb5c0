import Glibc

/// Disk space set aside while there is some. A server whose disk is full dies, and may be unable to recover, as that
/// writes too: giving the ballast up keeps it alive while the user makes room.
struct Ballast: Sendable {
    let folder: ClusterFolder
    let bytes: Int

    /// Sets the space aside where it isn't yet and the disk has four times as much to spare.
    func lay() {
        guard bytes > 0, SmallFile.kind(of: folder.ballast) == nil,
            MachineSize.freeSpace(on: folder.path) > 4 * bytes
        else { return }
        let file = open(folder.ballast, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        // Blocks are reserved, not written: it takes a millisecond. Without them it would be no ballast.
        if posix_fallocate(file, 0, off_t(bytes)) != 0 { unlink(folder.ballast) }
    }

    /// Gives the space up if it is needed now. Says whether it did.
    func giveUpIfFull() -> Bool { diskIsFull && unlink(folder.ballast) == 0 }

    /// Whether the disk is as good as full.
    var diskIsFull: Bool { ClusterCondition.isFull(folder.path) }
}
