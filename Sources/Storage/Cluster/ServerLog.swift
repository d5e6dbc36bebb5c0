import Glibc

/// The server's log files in `log/`: at most eight of 8 MB.
struct ServerLog: Sendable {
    static let filePattern = "postgresql-%Y%m%d-%H%M%S.log"
    static let fileMebibytes = 8
    static let filesKept = 8

    let folder: ClusterFolder

    /// Removes the oldest files. The names sort by time.
    func prune() {
        let files = Folder.names(in: folder.log).filter { $0.hasPrefix("postgresql-") && $0.hasSuffix(".log") }
        for name in files.dropLast(Self.filesKept) { unlink(folder.log + "/" + name) }
    }

    /// What the server said about why it did not start, without time stamps, on one line.
    func reasonForFailure() -> String {
        let latest = Folder.names(in: folder.log).last { $0.hasPrefix("postgresql-") }
        let texts = [folder.startLog, latest.map { folder.log + "/" + $0 }].compactMap { $0.flatMap(SmallFile.read) }
        let lines = texts.joined(separator: "\n").split(separator: "\n")
        // A mistake in the user's own settings is named in a line of its own, before the FATAL one.
        let marks = ["FATAL:", "PANIC:", "parameter \"", "local.conf", "setpriv:"]
        let telling = lines.filter { line in marks.contains { line.contains($0) } && !line.contains("skipping") }
        let chosen = telling.isEmpty ? lines.suffix(2) : telling.suffix(3)
        return chosen.map { line in
            // `2026-01-02 03:04:05.678 UTC [123] FATAL:  reason`
            line.split(separator: "] ", maxSplits: 1).last.map(String.init) ?? String(line)
        }.joined(separator: "; ")
    }
}
