import Glibc

/// Stops a server: in order if it can, at once if it can't, and surely in the end. Blocks.
struct ServerStop: Sendable {
    let folder: ClusterFolder

    /// A fast shutdown ends sessions and writes a checkpoint, which may take its time on a slow disk.
    private static let patience = 30.0

    func run(_ postmaster: pid_t) throws(ClusterError) {
        let processes = ServerProcesses(folder: folder)
        try processes.signal([postmaster], SIGINT)
        let stopped = try processes.wait(Self.patience) { ServerProcesses.hasEnded(postmaster) }
        if !stopped { try processes.signal([postmaster], SIGQUIT) }
        try processes.endAll()
        _ = ServerProcesses.hasEnded(postmaster)
    }
}
