import Glibc

/// The user that the server's processes run as, and that owns everything the cluster keeps on disk.
///
/// PostgreSQL refuses to run as root. A Herald that isn't root runs the server as itself; one that is
/// root runs it as the owner of the data where there is some, else as `postgres`, else as `nobody`.
struct ServerAccount: Sendable, Hashable {
    let user: uid_t
    let group: gid_t
    let name: String

    /// Whether processes and files must be handed over to somebody else than this process's own user.
    var isOther: Bool { user != geteuid() }

    static var own: ServerAccount {
        find(byID: geteuid()) ?? ServerAccount(user: geteuid(), group: getegid(), name: "\(geteuid())")
    }

    /// Who is to run a server with no data yet.
    static func forNewData() throws(ClusterError) -> ServerAccount {
        guard geteuid() == 0 else { return own }
        guard let account = find(byName: "postgres") ?? find(byName: "nobody") else { throw .noAccount }
        return account
    }

    /// Who is to run the server over data that somebody made before.
    static func forData(in folder: String) throws(ClusterError) -> ServerAccount {
        guard let owner = SmallFile.owner(of: folder) else { throw .file("look at", folder, errno) }
        let account = find(byID: owner) ?? ServerAccount(user: owner, group: owner, name: "\(owner)")
        guard geteuid() == 0 || owner == geteuid() else {
            throw .notPermitted(folder: folder, owner: account.name)
        }
        // A folder that root made by hand, or that an interrupted set-up left, gets its owner with the data.
        return owner == 0 ? try forNewData() : account
    }

    /// Makes a folder that only this user may enter, or makes an existing one so.
    func makePrivateFolder(_ path: String) throws(ClusterError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .file("make the folder", path, errno) }
        guard SmallFile.kind(of: path) == .folder else { throw .file("use as a folder", path, ENOTDIR) }
        try takeOver(path, mode: 0o700)
    }

    func takeOver(_ path: String, mode: mode_t) throws(ClusterError) {
        if isOther, lchown(path, user, group) != 0 { throw .file("change the owner of", path, errno) }
        if chmod(path, mode) != 0 { throw .file("change the mode of", path, errno) }
    }

    /// Whether the user can really get there and write: every folder above counts, with whatever access
    /// lists it has, so the question is put to the system as that user.
    func canWrite(in folder: String) throws(ClusterError) -> Bool {
        guard isOther else { return access(folder, W_OK | X_OK) == 0 }
        let result = try Command("/usr/bin/test", ["-w", folder], as: self).run()
        // `test` itself says nothing.
        guard result.output.isEmpty else {
            throw .accountUnusable(account: name, reason: String(result.output.prefix { $0 != "\n" }))
        }
        return result.succeeded
    }

    static func find(byName name: String) -> ServerAccount? {
        find { entry, buffer, size, result in getpwnam_r(name, entry, buffer, size, result) }
    }

    static func find(byID user: uid_t) -> ServerAccount? {
        find { entry, buffer, size, result in getpwuid_r(user, entry, buffer, size, result) }
    }

    private typealias Lookup = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    private static func find(_ look: Lookup) -> ServerAccount? {
        var entry = passwd()
        var result: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16384) { buffer in
            guard look(&entry, buffer.baseAddress!, buffer.count, &result) == 0, result != nil else { return nil }
            return ServerAccount(user: entry.pw_uid, group: entry.pw_gid, name: String(cString: entry.pw_name))
        }
    }
}
