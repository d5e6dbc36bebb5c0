import Glibc

/// Makes the data folder: all of it or nothing. It grows under a temporary name and is renamed when it is
/// complete, so a set-up that was killed is simply begun again.
struct ClusterCreation: Sendable {
    let folder: ClusterFolder
    let binaries: ServerBinaries
    let options: ClusterOptions

    static let user = "herald"
    static let database = "herald"

    func run() throws(ClusterError) {
        let unfinished = Folder.names(in: folder.path).filter { $0.hasPrefix("new.") }
        for name in unfinished { SmallFile.removeFolder(folder.path + "/" + name) }
        let place = "\(folder.path)/new.\(getpid())"
        do throws(ClusterError) {
            try makePassword()
            try folder.account.makePrivateFolder(place)
            try makeData(in: place)
            try makeDatabase(in: place)
            try SmallFile.write(
                "local all all scram-sha-256\n", to: place + "/pg_hba.conf", mode: 0o600, owner: folder.account)
            guard rename(place, folder.data) == 0 else { throw .file("rename", place, errno) }
            try? Folder.sync(Folder.parent(of: folder.data))
        } catch {
            SmallFile.removeFolder(place)
            throw error
        }
    }

    /// 32 letters and digits at random: 190 bits.
    private func makePassword() throws(ClusterError) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var source = SystemRandomNumberGenerator()
        let password = String((0..<32).map { _ in alphabet[Int.random(in: alphabet.indices, using: &source)] })
        try SmallFile.write(password + "\n", to: folder.passwordFile, mode: 0o600, owner: folder.account)
    }

    private func makeData(in place: String) throws(ClusterError) {
        var arguments = [
            "--pgdata=\(place)", "--username=\(Self.user)", "--pwfile=\(folder.passwordFile)", "--encoding=UTF8",
            "--locale=C.UTF-8", "--data-checksums", "--auth=scram-sha-256", "--no-instructions",
        ]
        if !options.survivesPowerLoss { arguments.append("--no-sync") }
        try complete(Command(binaries.initdb, arguments, as: folder.account))
    }

    /// In single-user mode, so that the data folder never exists without its database.
    private func makeDatabase(in place: String) throws(ClusterError) {
        let script = place + "/herald.sql"
        try SmallFile.write("CREATE DATABASE \(Self.database)\n", to: script, mode: 0o600, owner: folder.account)
        defer { unlink(script) }
        var arguments = ["--single", "-D", place, "-c", "exit_on_error=on", "-c", "dynamic_shared_memory_type=mmap"]
        if !options.survivesPowerLoss { arguments += ["-c", "fsync=off"] }
        var command = Command(binaries.postgres, arguments + ["template1"], as: folder.account)
        command.input = script
        try complete(command)
    }

    private func complete(_ command: Command) throws(ClusterError) {
        let result = try command.run()
        guard result.succeeded else {
            // It has cleaned up after itself, so the disk itself no longer tells.
            if result.output.contains("No space left on device") { throw .diskFull(folder: folder.path) }
            let lines = result.output.split(separator: "\n").map { $0.trimmingPrefix { $0.isWhitespace } }
            let telling = lines.filter { $0.contains("error:") || $0.contains("FATAL:") || $0.contains("setpriv:") }
            throw .initFailed((telling.isEmpty ? Array(lines.suffix(3)) : telling).joined(separator: "; "))
        }
    }
}
