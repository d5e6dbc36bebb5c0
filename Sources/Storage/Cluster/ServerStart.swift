import Glibc

/// Brings the server of one data folder up, whatever state an earlier life left it in. The caller owns the
/// folder's lock, so nobody else starts or stops the server meanwhile. Everything here blocks.
struct ServerStart: Sendable {
    let folder: ClusterFolder
    let options: ClusterOptions
    let environment: [String: String]
    let report: @Sendable (ClusterEvent) -> Void

    /// The postmaster, once it takes connections. It is our child, unless it was found running.
    /// `isCancelled` is asked while the server recovers. A restart never makes data: if a folder is gone under a
    /// running Herald, an empty one in its place would hide that.
    func run(restart: Bool = false, isCancelled: () -> Bool = { false }) throws(ClusterError) -> pid_t {
        let binaries = try ServerBinaries.find(
            for: folder.dataVersion, dataFolder: folder.path, environment: environment)
        if folder.dataVersion == nil {
            guard !restart, SmallFile.kind(of: folder.data) == nil else { throw .dataDamaged(folder: folder.data) }
            try ClusterCreation(folder: folder, binaries: binaries, options: options).run()
        }
        let settings = ServerSettings(
            folder: folder, machine: .measured(for: folder.path), options: options
        ).text
        if let running = try takeOver(settings) { return running }
        try clear()
        if ballast.giveUpIfFull() { report(.gaveUpBallast(folder: folder.path)) }
        if SmallFile.read(folder.settingsFile) != settings {
            try SmallFile.write(settings, to: folder.settingsFile, mode: 0o600, owner: folder.account)
        }
        ServerLog(folder: folder).prune()
        ballast.lay()
        return try launch(binaries, isCancelled)
    }

    var ballast: Ballast { Ballast(folder: folder, bytes: options.ballastBytes) }
    private var processes: ServerProcesses { ServerProcesses(folder: folder) }

    /// A server that outlived its Herald goes on where its settings are still the ones we want.
    private func takeOver(_ settings: String) throws(ClusterError) -> pid_t? {
        guard let process = try processes.postmaster() else { return nil }
        let parameters = try EmbeddedCluster.parameters(of: folder)
        if SmallFile.read(folder.settingsFile) == settings, ServerProbe.ask(parameters) == .ready {
            report(.tookOverRunningServer)
            return process
        }
        try ServerStop(folder: folder).run(process)
        return nil
    }

    /// Ends processes without a postmaster, then removes the files that would keep a new one from starting:
    /// a pid file is believed by the server as soon as *some* process has its number.
    private func clear() throws(ClusterError) {
        if try !processes.all().isEmpty {
            try processes.endAll()
            report(.clearedLeftovers)
        }
        unlink(folder.postmasterFile)
        for name in Folder.names(in: folder.sockets) { unlink(folder.sockets + "/" + name) }
    }

    private func launch(_ binaries: ServerBinaries, _ isCancelled: () -> Bool) throws(ClusterError) -> pid_t {
        try SmallFile.write("", to: folder.startLog, mode: 0o600, owner: folder.account)
        let command = Command(binaries.postgres, ["-D", folder.data], as: folder.account)
        let process = try command.start(output: folder.startLog)
        let parameters = try EmbeddedCluster.parameters(of: folder)
        // No limit of time: recovery after a crash may take minutes, and the server ends if it can't start.
        while true {
            var status: Int32 = 0
            if waitpid(process, &status, WNOHANG) == process {
                let reason = ServerLog(folder: folder).reasonForFailure()
                throw ballast.diskIsFull ? .diskFull(folder: folder.path) : .startFailed(reason)
            }
            if saysReady(process), ServerProbe.ask(parameters) == .ready { return process }
            if isCancelled() {
                try ServerStop(folder: folder).run(process)
                throw .startFailed("it was told to stop meanwhile")
            }
            usleep(10_000)
        }
    }
    /// The server writes its state into its pid file. Looked at before the server is asked, as each refused
    /// question is a line in its log.
    private func saysReady(_ process: pid_t) -> Bool {
        guard let text = SmallFile.read(folder.postmasterFile) else { return false }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count > 7 && lines[0] == "\(process)" && lines[7].hasPrefix("ready")
    }
}
