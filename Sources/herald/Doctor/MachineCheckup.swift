import Domain
import Foundation
import Storage

/// What can be said about an installation before its database is asked: folders, key, programs, limits.
struct MachineCheckup {
    let home: HeraldHome
    let environment: [String: String]

    /// Below the first Herald may stop at any moment; below the second it is time to look.
    private static let (leastSpace, goodSpace) = (500 << 20, 2 << 30)

    var hasOwnServer: Bool { !(environment["HERALD_DATABASE_URL"] ?? "").isEmpty }

    /// Whether anything was ever set up here.
    var isSetUp: Bool { home.hasCluster || access(home.masterKeyFile, F_OK) == 0 }

    func findings() async -> [Finding] {
        var findings = [folder, key]
        findings += hasOwnServer ? [.fine("database", "the server that HERALD_DATABASE_URL names")] : await cluster()
        findings += FileCheckup(home: home, environment: environment).findings()
        findings += [space(home.path), openFiles]
        return findings
    }

    private var folder: Finding {
        guard access(home.path, F_OK) == 0 else {
            return .note("home folder", "\(home.path) is not there yet; `herald up` makes it")
        }
        guard access(home.path, W_OK | X_OK) == 0 else {
            return .wrong(
                "home folder",
                "\(home.path) can't be written by this user (\(NSUserName())). It belongs to \(HomeAccess.owner(of: home.path)): run this as that user or as root"
            )
        }
        return .fine("home folder", home.path)
    }

    private var key: Finding {
        let given = ["HERALD_MASTER_KEY", "HERALD_MASTER_KEY_FILE"].first { !(environment[$0] ?? "").isEmpty }
        if given == nil, let obstacle = HomeAccess.obstacle(home) { return .wrong("master key", obstacle) }
        if given == nil, !isSetUp { return .note("master key", "none yet; the first `herald up` makes it") }
        do throws(MasterKeyError) {
            _ = try MasterKeyFile(home: home, environment: environment).load()
            return .fine(
                "master key",
                given.map { "given by \($0)" }
                    ?? "\(home.masterKeyFile), readable by its owner only. Keep a copy elsewhere")
        } catch {
            return .wrong("master key", error.description)
        }
    }

    private func cluster() async -> [Finding] {
        // Whoever can't look can't say either that there is none.
        if HomeAccess.obstacle(home) != nil { return [.wrong("database", "can't be looked at by this user")] }
        let condition: ClusterCondition
        do throws(ClusterError) {
            condition = try await EmbeddedCluster(home: home, environment: environment).condition()
        } catch {
            return [.wrong("database", error.description)]
        }
        var findings: [Finding] = []
        switch condition.binaries {
        case .success(let found): findings.append(.fine("PostgreSQL", "version \(found.major) in \(found.folder)"))
        case .failure(let error): findings.append(.wrong("PostgreSQL", error.description))
        }
        guard let folder = condition.folder else {
            return findings + [.wrong("database", "none yet; start Herald with: herald up")]
        }
        if !folder.hasPrefix(home.path + "/") { findings.append(.note("database", "its files are in \(folder)")) }
        switch (condition.owner, condition.answers) {
        case (let owner?, true): findings.append(.fine("database", "answers; Herald is up (process \(owner))"))
        case (let owner?, false):
            findings.append(
                .wrong(
                    "database",
                    "Herald is up (process \(owner)), but its database does not answer. It may be starting; its log is \(folder)/log"
                ))
        case (nil, true):
            findings.append(
                .wrong("database", "answers, but the Herald that started it is gone. Take it over with: herald up"))
        case (nil, false): findings.append(.wrong("database", "does not run; start Herald with: herald up"))
        }
        return Self.device(of: folder) == Self.device(of: home.path) ? findings : findings + [space(folder)]
    }

    private static func device(of folder: String) -> dev_t? {
        var info = stat()
        return stat(folder, &info) == 0 ? info.st_dev : nil
    }

    private func space(_ folder: String) -> Finding {
        // What is not there yet will be on the disk of the folder above it.
        var place = folder
        while access(place, F_OK) != 0, place != "/" { place = (place as NSString).deletingLastPathComponent }
        let free = ClusterCondition.freeSpace(on: place)
        let text = "\(grouped(free >> 20)) MB free on the disk of \(folder)"
        if free < Self.leastSpace { return .wrong("disk", text + ". Free some: sending stops when it is full") }
        return free < Self.goodSpace ? .note("disk", text) : .fine("disk", text)
    }

    private var openFiles: Finding {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let text = limit.rlim_cur > 1 << 40 ? "unlimited" : grouped(limit.rlim_cur)
        if limit.rlim_cur < 256 {
            return .wrong("open files", "at most \(text); Herald needs 256. Raise it with: ulimit -n 4096")
        }
        // Herald raises its own limit as far as it may.
        return limit.rlim_max < 4096
            ? .note(
                "open files",
                "at most \(grouped(limit.rlim_max)): few connections at a time can be held. Raise it with: ulimit -Hn 65536 (as root), or LimitNOFILE=65536 in the unit"
            ) : .fine("open files", "at most \(text)")
    }
}
