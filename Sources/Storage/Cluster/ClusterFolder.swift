import Glibc

/// Where one cluster's files are, and who owns them.
///
/// Normally `var/postgres`. Where the server's user can't get there (a clone under `/root`), or the path
/// is too long or too odd for a socket, the folder is made under `/var/lib/herald` or the user's state
/// folder instead, and `var/postgres.location` tells later commands.
struct ClusterFolder: Sendable, Hashable {
    let path: String
    let account: ServerAccount
    /// What the screen must say about an unusual place.
    let notice: String?

    /// Only names the socket: the server listens on no network port.
    static let port = 5432
    /// `sun_path` holds 108 bytes with the final zero.
    private static let longestSocketPath = 107

    var data: String { path + "/data" }
    var sockets: String { path + "/run" }
    var log: String { path + "/log" }
    var startLog: String { path + "/log/start.log" }
    var ownerLock: String { path + "/owner.lock" }
    var passwordFile: String { path + "/password" }
    var ballast: String { path + "/ballast" }
    var settingsFile: String { data + "/postgresql.conf" }
    var postmasterFile: String { data + "/postmaster.pid" }

    /// The version the data was made by, or nil where there is no data yet.
    var dataVersion: String? {
        SmallFile.read(data + "/PG_VERSION").map { String($0.prefix { !$0.isWhitespace }) }
    }

    /// The folder that earlier commands made; nil where none was made.
    static func existing(of home: HeraldHome) throws(ClusterError) -> ClusterFolder? {
        var path = home.clusterFolder
        var notice: String?
        if let target = SmallFile.read(home.clusterPointer).map({ String($0.prefix { $0 != "\n" }) }) {
            guard SmallFile.kind(of: target) == .folder else {
                throw .dataGone(pointer: home.clusterPointer, target: target)
            }
            path = target
            notice = "The database is kept in \(path)."
        } else if SmallFile.kind(of: path) != .folder {
            return nil
        }
        let folder = ClusterFolder(path: path, account: try .forData(in: path), notice: notice)
        return SmallFile.kind(of: folder.data) == .folder ? folder : nil
    }

    /// The folder to keep the cluster in, ready to be written by the server's user.
    /// `systemState` is where root keeps what can't stay in the home.
    static func prepared(
        for home: HeraldHome, environment: [String: String], systemState: String
    ) throws(ClusterError) -> ClusterFolder {
        try home.create()
        if let folder = try existing(of: home) {
            guard isUsable(folder.path) else { throw .pathUnusable(folder.path) }
            guard try folder.account.canWrite(in: folder.path) else {
                throw .unreachable(folder: folder.path, account: folder.account.name)
            }
            try folder.makeParts()
            return folder
        }
        let account = try ServerAccount.forNewData()
        let near = ClusterFolder(path: home.clusterFolder, account: account, notice: nil)
        var obstacle = "its path does not suit a socket"
        if isUsable(near.path) {
            try account.makePrivateFolder(near.path)
            if try account.canWrite(in: near.path) {
                try near.makeParts()
                return near
            }
            rmdir(near.path)
            obstacle = "user \(account.name), who runs the database, can't get there"
        }
        let path = (account.isOther ? systemState : try userState(environment)) + "/" + name(for: home)
        guard isUsable(path) else { throw .pathUnusable(home.path) }
        try SmallFile.makeFolders(Folder.parent(of: path))
        try account.makePrivateFolder(path)
        guard try account.canWrite(in: path) else { throw .unreachable(folder: path, account: account.name) }
        let far = ClusterFolder(
            path: path, account: account,
            notice: "The database is kept in \(path) instead of \(near.path): \(obstacle).")
        try far.makeParts()
        try SmallFile.write(path + "\n", to: home.clusterPointer, mode: 0o644)
        return far
    }

    private func makeParts() throws(ClusterError) {
        for folder in [sockets, log] { try account.makePrivateFolder(folder) }
    }

    private static func userState(_ environment: [String: String]) throws(ClusterError) -> String {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/herald" }
        guard let home = environment["HOME"], home.hasPrefix("/") else { throw .pathUnusable("~") }
        return home + "/.local/state/herald"
    }

    /// The home's path in 16 hexadecimal digits (FNV-1a): short, and the same each time.
    private static func name(for home: HeraldHome) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in home.path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// A comma parts several hosts for libpq and several folders for the server; control characters
    /// break their settings files.
    static func isUsable(_ path: String) -> Bool {
        let socket = path + "/run/.s.PGSQL.\(port)"
        return socket.utf8.count <= longestSocketPath
            && !path.utf8.contains { $0 == UInt8(ascii: ",") || $0 < 0x20 || $0 == 0x7F }
    }
}
