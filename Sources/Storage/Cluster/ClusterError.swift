import Glibc

/// Why the embedded PostgreSQL can't be used. The text says what happened and what to do; it holds paths
/// and process ids, never a password and never personal data.
package enum ClusterError: Error, Sendable, Hashable {
    /// No usable server is installed.
    case serverMissing(oldestUsable: Int)
    /// `HERALD_POSTGRES_BIN` names a folder without a usable server.
    case namedServerUnusable(folder: String, oldestUsable: Int)
    /// The data was written by another major version than any that is installed.
    case otherVersion(data: String, folder: String)
    /// Another Herald owns the data folder.
    case dataInUse(pid: Int32?, folder: String)
    case notRunning(home: String)
    /// It runs, but its database did not take connections in time: it may be recovering from a crash.
    case notReady(home: String)
    /// Somebody else owns the data, and only root or they may use it.
    case notPermitted(folder: String, owner: String)
    /// The user that the server runs as can't get at data that is already there.
    case unreachable(folder: String, account: String)
    /// `postgres.location` names a folder that is gone.
    case dataGone(pointer: String, target: String)
    /// The data folder is not one, or it vanished while the server ran.
    case dataDamaged(folder: String)
    /// No place was found whose socket path is short enough for the system.
    case pathUnusable(String)
    case diskFull(folder: String)
    /// Herald runs as root and there is no other user to run the server as.
    case noAccount
    /// The system does not let Herald run programs as that user.
    case accountUnusable(account: String, reason: String)
    case file(_ action: String, _ path: String, _ errno: Int32)
    case initFailed(String)
    case startFailed(String)
    /// Server processes of this data folder are alive and can't be ended.
    case stuck(pids: [Int32], folder: String)
    /// The Herald that owns the data folder didn't stop in time.
    case ownerStillRunning(pid: Int32?)
}

extension ClusterError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .serverMissing(let oldest):
            "PostgreSQL \(oldest) or newer is not installed. Install it with: sudo apt-get install postgresql-\(oldest)"
                + " (or set HERALD_DATABASE_URL to a server of yours)"
        case .namedServerUnusable(let folder, let oldest):
            "HERALD_POSTGRES_BIN is \(folder), but there is no PostgreSQL server of version \(oldest) or newer in it."
                + " Set it to the folder that holds `postgres` and `initdb`, or unset it"
        case .otherVersion(let data, let folder):
            "The data in \(folder) was made by PostgreSQL \(data), which is not installed."
                + " Install it with: sudo apt-get install postgresql-\(data)"
        case .dataInUse(let pid, let folder):
            "Another Herald (\(pid.map { "process \($0)" } ?? "process unknown")) is using \(folder)."
                + " Stop it with: herald down, or use another folder with --home"
        case .notRunning(let home):
            "Herald is not running here (\(home)); start it with: herald up"
        case .notReady(let home):
            "Herald is starting here (\(home)), and its database does not answer yet. Try again in a moment"
        case .notPermitted(let folder, let owner):
            "The data in \(folder) belongs to user \(owner). Run this command as \(owner) or as root (sudo)"
        case .unreachable(let folder, let account):
            "User \(account), who runs the database, can't get at \(folder)."
                + " Let others walk through the folders above it (chmod o+x), or start Herald as the folder's owner"
        case .dataGone(let pointer, let target):
            "The data of this folder was kept in \(target), which is gone. Restore it;"
                + " or, to start empty, remove \(pointer)"
        case .dataDamaged(let folder):
            "\(folder) is missing or holds no PostgreSQL data. Restore it from a backup; or, to start empty, stop Herald"
                + " and remove the folder"
        case .pathUnusable(let path):
            "The path \(path) can't hold the database's socket: it is longer than the system allows or has a character"
                + " that sockets can't have. Use a short plain path with --home or HERALD_HOME"
        case .diskFull(let folder):
            "The disk that holds \(folder) is full. Free some space, then run the command again"
        case .noAccount:
            "PostgreSQL must not run as root, and neither user postgres nor user nobody exists."
                + " Make one with: useradd --system postgres"
        case .accountUnusable(let account, let reason):
            "Herald runs as root but may not run the database as user \(account): \(reason)."
                + " Allow it (in a container: the capabilities SETUID and SETGID), or run Herald as an ordinary user"
        case .file(let action, let path, let code):
            code == ENOSPC || code == EDQUOT
                ? ClusterError.diskFull(folder: path).description
                : "Could not \(action) \(path): \(String(cString: strerror(code)))"
        case .initFailed(let output):
            "PostgreSQL could not set up its data folder: \(output)"
        case .startFailed(let output):
            "PostgreSQL did not start: \(output)"
        case .stuck(let pids, let folder):
            "Processes of an earlier database server still use \(folder) and don't end:"
                + " \(pids.map(String.init).joined(separator: " ")). End them with kill -9, or restart the machine"
        case .ownerStillRunning(let pid):
            "Herald \(pid.map { "(process \($0)) " } ?? "")has not stopped yet. Wait and try again, or end it with kill -9"
        }
    }
}
