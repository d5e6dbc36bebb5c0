import Glibc

/// What the machine, or the container around us, has to give.
struct MachineSize: Sendable, Hashable {
    var memory: Int
    /// The size of the file system the data is on, not what is free on it: the settings that follow from
    /// it must be the same at each start.
    var disk: Int

    static func measured(for folder: String) -> MachineSize {
        var memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        for limit in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
            guard let text = SmallFile.read(limit), let bytes = Int(text.prefix { !$0.isWhitespace }) else { continue }
            memory = min(memory, bytes)
        }
        var info = statvfs()
        let disk = statvfs(folder, &info) == 0 ? Int(info.f_blocks) * Int(info.f_frsize) : 0
        return MachineSize(memory: memory, disk: disk)
    }

    /// What an ordinary user may still write there.
    static func freeSpace(on folder: String) -> Int {
        var info = statvfs()
        return statvfs(folder, &info) == 0 ? Int(info.f_bavail) * Int(info.f_frsize) : 0
    }
}
