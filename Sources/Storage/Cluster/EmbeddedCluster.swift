import Glibc

/// The private PostgreSQL of one Herald home.
///
/// One process (`herald up`) owns it: `start`. Every other process of the same home connects to it:
/// `attach`. The server runs as an unprivileged user, in a session of its own, and listens on a unix socket only.
package struct EmbeddedCluster: Sendable {
    package let home: HeraldHome
    let environment: [String: String]
    private let options: ClusterOptions
    /// Where a Herald that runs as root keeps what can't stay in its home.
    var systemState = "/var/lib/herald"

    package init(home: HeraldHome, environment: [String: String], options: ClusterOptions = ClusterOptions()) {
        self.home = home
        self.environment = environment
        self.options = options
    }

    /// Makes the data folder where there is none, starts the server or takes over the one that an
    /// earlier owner left running, and keeps it running until `stop()`. `report` may be called from any thread.
    package func start(
        report: @escaping @Sendable (ClusterEvent) -> Void = { _ in }
    ) async throws(ClusterError) -> RunningCluster {
        try await offPool { () throws(ClusterError) in
            let folder = try ClusterFolder.prepared(
                for: home, environment: environment, systemState: systemState)
            return try RunningCluster(
                start: ServerStart(folder: folder, options: options, environment: environment, report: report))
        }
    }

    /// How to connect to the server that runs here. While its owner is (re)starting it, waits up to `patience`.
    package func attach(patience: Duration = .seconds(30)) async throws(ClusterError) -> ConnectionParameters {
        try await offPool { () throws(ClusterError) in
            guard let folder = try ClusterFolder.existing(of: home) else { throw .notRunning(home: home.path) }
            let parameters = try Self.parameters(of: folder)
            let end = ContinuousClock.now + patience
            while true {
                switch ServerProbe.ask(parameters) {
                case .ready: return parameters
                case .starting: break
                case .none: if !OwnerLock.isHeld(folder) { throw .notRunning(home: home.path) }
                }
                if ContinuousClock.now >= end { throw .notReady(home: home.path) }
                usleep(20_000)
            }
        }
    }

    /// Stops whatever runs here, from another process: asks the owner to stop (SIGTERM) and waits up to
    /// `patience` for it to drain; a server that lost its owner is stopped directly. Says whether anything ran.
    package func stop(patience: Duration = .seconds(120)) async throws(ClusterError) -> Bool {
        try await offPool { () throws(ClusterError) in
            guard let folder = try ClusterFolder.existing(of: home) else { return false }
            let processes = ServerProcesses(folder: folder)
            var ran = false
            if OwnerLock.isHeld(folder) {
                ran = true
                let owner = OwnerLock.holder(of: folder)
                if let owner { kill(owner, SIGTERM) }
                let end = ContinuousClock.now + patience
                while OwnerLock.isHeld(folder) {
                    if ContinuousClock.now >= end { throw .ownerStillRunning(pid: owner) }
                    usleep(20_000)
                }
            }
            let lock = try OwnerLock(folder)
            if let postmaster = try processes.postmaster() {
                ran = true
                try ServerStop(folder: folder).run(postmaster)
            }
            try processes.endAll()
            lock.release()
            return ran
        }
    }

    /// The process that owns the cluster, if one does.
    package func owner() throws(ClusterError) -> Int32? {
        guard let folder = try ClusterFolder.existing(of: home), OwnerLock.isHeld(folder) else { return nil }
        return OwnerLock.holder(of: folder)
    }

    /// Where the data is; nil where there is none yet.
    package func dataFolder() throws(ClusterError) -> String? { try ClusterFolder.existing(of: home)?.path }

    static func parameters(of folder: ClusterFolder) throws(ClusterError) -> ConnectionParameters {
        guard let line = SmallFile.read(folder.passwordFile) else {
            throw .file("read", folder.passwordFile, errno)
        }
        return ConnectionParameters(
            host: folder.sockets, port: ClusterFolder.port, user: ClusterCreation.user,
            database: ClusterCreation.database, password: String(line.prefix { $0 != "\n" }))
    }
}
