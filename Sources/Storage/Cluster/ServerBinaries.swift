import Glibc

/// The folder of an installed PostgreSQL server's programs, and its major version.
struct ServerBinaries: Sendable, Hashable {
    /// What Debian 12 brings, and what everything is measured and tested on.
    static let oldestUsable = 15

    let folder: String
    let major: Int

    var postgres: String { folder + "/postgres" }
    var initdb: String { folder + "/initdb" }

    /// The programs that fit data of version `needed`, or the newest there are where there is no data yet.
    ///
    /// `HERALD_POSTGRES_BIN` alone counts where it is set; otherwise Debian's folders, then `PATH`.
    static func find(
        for needed: String?, dataFolder: String, environment: [String: String]
    ) throws(ClusterError) -> ServerBinaries {
        let named = environment["HERALD_POSTGRES_BIN"].flatMap { $0.isEmpty ? nil : $0 }
        let folders = named.map { [SmallFile.canonical($0)] } ?? debianFolders() + pathFolders(environment)
        var found: [ServerBinaries] = []
        for folder in folders {
            guard let binaries = try look(in: folder), binaries.major >= oldestUsable else { continue }
            // Reading a version costs a process: the first fit is enough.
            if needed == nil || "\(binaries.major)" == needed { return binaries }
            found.append(binaries)
        }
        if let needed, !found.isEmpty || named == nil { throw .otherVersion(data: needed, folder: dataFolder) }
        if let named { throw .namedServerUnusable(folder: named, oldestUsable: oldestUsable) }
        throw .serverMissing(oldestUsable: oldestUsable)
    }

    /// Where the client's programs are looked for.
    static func clientFolders(_ environment: [String: String]) -> [String] {
        debianFolders() + pathFolders(environment)
    }

    /// Newest first.
    private static func debianFolders(under root: String = "/usr/lib/postgresql") -> [String] {
        Folder.names(in: root).compactMap { Int($0) }.sorted(by: >).map { "\(root)/\($0)/bin" }
    }

    private static func pathFolders(_ environment: [String: String]) -> [String] {
        (environment["PATH"] ?? "").split(separator: ":").filter { $0.hasPrefix("/") }.map(String.init)
    }

    private static func look(in folder: String) throws(ClusterError) -> ServerBinaries? {
        for name in ["postgres", "initdb"] where access("\(folder)/\(name)", X_OK) != 0 { return nil }
        let result = try Command("\(folder)/postgres", ["--version"], as: .own).run()
        guard result.succeeded, let major = majorVersion(in: result.output) else { return nil }
        return ServerBinaries(folder: folder, major: major)
    }

    /// From `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)` or `… 18beta1`.
    static func majorVersion(in line: String) -> Int? {
        guard let word = line.split(whereSeparator: \.isWhitespace).dropFirst(2).first else { return nil }
        return Int(word.prefix { $0.isASCII && $0.isNumber })
    }
}
