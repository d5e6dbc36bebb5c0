import Glibc

/// `pg_dump` and `pg_restore`, which come with the server that Herald finds, or with its client's package.
struct DatabaseTool: Sendable {
    enum Name: String {
        case dump = "pg_dump"
        case restore = "pg_restore"
    }

    let name: Name
    private let path: String

    /// The first that is not older than the server: an older one refuses.
    init(_ name: Name, atLeast major: Int, environment: [String: String]) throws {
        let named = environment["HERALD_POSTGRES_BIN"].flatMap { $0.isEmpty ? nil : $0 }
        let folders = named.map { [$0] } ?? ServerBinaries.clientFolders(environment)
        for folder in folders {
            let path = "\(folder)/\(name.rawValue)"
            guard access(path, X_OK) == 0 else { continue }
            let said = try Command(path, ["--version"], as: .own).run()
            if said.succeeded, let found = ServerBinaries.majorVersion(in: said.output), found >= major {
                self.path = path
                self.name = name
                return
            }
        }
        throw BackupError.toolMissing(name: name.rawValue, major: max(major, ServerBinaries.oldestUsable))
    }

    /// Runs to the end, which also comes if this process is killed. Blocks.
    func run(_ arguments: [String], on server: ServerAddress?) throws {
        let target = server.map { ["--dbname=\($0.settings)"] } ?? []
        var command = Command(
            "/usr/bin/setpriv", ["--pdeathsig=KILL", "--", path] + arguments + target, as: .own)
        command.variables = server?.variables ?? []
        let result = try command.run()
        guard !result.succeeded else { return }
        let lines = result.output.split(separator: "\n").map(String.init)
        let telling = lines.filter { $0.contains("error:") || $0.contains("ERROR:") || $0.contains("No space") }
        throw BackupError.toolFailed(
            name: name.rawValue, said: String((telling.first ?? lines.last ?? "it said nothing").prefix(300)))
    }
}
