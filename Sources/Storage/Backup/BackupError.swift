/// Why a backup could not be made, read or restored. The texts say what to do.
package enum BackupError: Error, Sendable, Hashable {
    case toolMissing(name: String, major: Int)
    case toolFailed(name: String, said: String)
    case folderInTheWay(String)
    case noBackup(String)
    case unreadable(file: String, why: String)
    /// A file is not the one that was written.
    case damaged(file: String)
    /// Made by a newer Herald.
    case tooNew(schema: Int, known: Int)
    case otherKey
    case noKey
    case notEmpty(String)
    case keyInBackup(String)
    case file(FileError)
}

extension BackupError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .toolMissing(let name, let major):
            "\(name) of PostgreSQL \(major) or newer is not installed. Install it with: sudo apt-get install"
                + " postgresql-client-\(major) (or name its folder in HERALD_POSTGRES_BIN)"
        case .toolFailed(let name, let said): "\(name) failed: \(said)"
        case .folderInTheWay(let path):
            "\(path) is there already, and not empty. A backup is a folder of its own: name one that isn't there yet."
        case .noBackup(let path):
            "\(path) is no whole backup: it has no manifest.json. A backup that was not finished ends in “.unfinished”."
        case .unreadable(let file, let why): "\(file) can't be read: \(why)."
        case .damaged(let file):
            "\(file) is not as it was written: its size or SHA-256 differs from the manifest's. Use another copy."
        case .tooNew(let schema, let known):
            "The backup was made by a newer Herald (schema \(schema); this program knows \(known)). Install that one first."
        case .otherKey:
            "The master key is not the one that this backup's data was sealed with. Give the right one; nothing was changed."
        case .noKey:
            "The master key is not in the backup, and without it nobody can read the addresses. Give it with --key FILE, or in "
                + "HERALD_MASTER_KEY."
        case .notEmpty(let place):
            "\(place) holds data already. A backup is restored into an empty Herald: choose another --home or database."
        case .keyInBackup(let path):
            "\(path) is in the backup. Who gets hold of that would have the key too: keep it elsewhere."
        case .file(let error): error.description
        }
    }
}
