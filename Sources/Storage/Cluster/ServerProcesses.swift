import Glibc

/// The server processes of one data folder that are alive, told from all others by what the kernel says
/// of them: they are named `postgres` and stand in the data folder (every server process does).
///
/// Needed because neither the pid file nor the processes can be trusted after a kill: the file may name
/// a process that is somebody else's by now, and backends that were busy when their postmaster was
/// killed go on until their query ends; meanwhile no new server starts ("pre-existing shared memory").
struct ServerProcesses: Sendable {
    let folder: ClusterFolder

    /// The postmaster that the pid file names, if it is alive and really stands in this data folder.
    func postmaster() throws(ClusterError) -> pid_t? {
        guard let line = SmallFile.read(folder.postmasterFile)?.split(separator: "\n").first, let process = pid_t(line),
            process > 0, try isOurs(process)
        else { return nil }
        return process
    }

    /// Every process of the cluster.
    func all() throws(ClusterError) -> [pid_t] {
        var found: [pid_t] = []
        for name in Folder.names(in: "/proc") {
            guard let process = pid_t(name), try isOurs(process) else { continue }
            found.append(process)
        }
        return found
    }

    /// Sends the signal to the processes that are still this cluster's.
    func signal(_ processes: [pid_t], _ signal: Int32) throws(ClusterError) {
        for process in processes where try isOurs(process) { kill(process, signal) }
    }

    /// Ends what a dead postmaster left behind, so that a new one can start. Nothing is lost: what was
    /// committed is in the log, and what wasn't is nobody's. Blocks for some seconds, longer on a busy machine.
    func endAll() throws(ClusterError) {
        // Immediate shutdown first (the postmaster's own way), as kill -9 leaves temporary files.
        for (signal, patience) in [(SIGQUIT, 3.0), (SIGKILL, 30.0)] {
            let alive = try all()
            if alive.isEmpty { return }
            try self.signal(alive, signal)
            if try wait(patience, until: { () throws(ClusterError) in try all().isEmpty }) { return }
        }
        throw .stuck(pids: try all(), folder: folder.path)
    }

    /// Looks every 10 ms. Says whether it came true in time.
    func wait(
        _ seconds: Double, until condition: () throws(ClusterError) -> Bool
    ) throws(ClusterError) -> Bool {
        let end = ContinuousClock.now + .seconds(seconds)
        while true {
            if try condition() { return true }
            if ContinuousClock.now >= end { return false }
            usleep(10_000)
        }
    }

    /// Whether the process is gone, reaping it where it is our child. Of a taken-over server only the state tells:
    /// in a container without an init it stays behind as a zombie that still answers to `kill`.
    static func hasEnded(_ process: pid_t) -> Bool {
        var status: Int32 = 0
        return waitpid(process, &status, WNOHANG) == process || isZombie("/proc/\(process)")
    }

    private func isOurs(_ process: pid_t) throws(ClusterError) -> Bool {
        let proc = "/proc/\(process)"
        guard SmallFile.owner(of: proc) == folder.account.user,
            SmallFile.read(proc + "/comm")?.hasPrefix("postgres") == true, !Self.isZombie(proc)
        else { return false }
        var place = stat()
        if stat(proc + "/cwd", &place) == 0 {
            var data = stat()
            guard stat(folder.data, &data) == 0 else { return false }
            return place.st_dev == data.st_dev && place.st_ino == data.st_ino
        }
        guard errno == EACCES || errno == EPERM else { return false }
        // In a container root may lack the right to look; the processes' own user always may.
        return try Command("/usr/bin/test", ["\(proc)/cwd", "-ef", folder.data], as: folder.account).run().succeeded
    }

    /// Dead, and at most waiting for its parent to notice.
    private static func isZombie(_ proc: String) -> Bool {
        // `pid (comm) S …`: the name may hold a parenthesis, so the last one counts.
        guard let line = SmallFile.read(proc + "/stat"), let end = line.lastIndex(of: ")") else { return true }
        let state = line[line.index(after: end)...].first { $0 != " " }
        return state == "Z" || state == "X"
    }
}
