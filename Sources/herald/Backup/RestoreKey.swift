import Foundation
import Storage

/// The master key that a restore goes by: from a file that is named, else from where Herald finds its own.
struct RestoreKey {
    let bytes: [UInt8]
    /// Where it has to be put so that Herald finds it; nil where it does.
    private let target: MasterKeyFile?

    init(file: String?, home: HeraldHome, environment: [String: String]) throws {
        let own = MasterKeyFile(home: home, environment: environment)
        guard let file else {
            do throws(MasterKeyError) { bytes = try own.load() } catch {
                guard case .unreadable = error, access(home.masterKeyFile, F_OK) != 0 else { throw error }
                throw BackupError.noKey
            }
            target = nil
            return
        }
        bytes = try MasterKeyFile(home: home, environment: ["HERALD_MASTER_KEY_FILE": file]).load()
        target = own
    }

    /// Puts it in its place, where none stands. One that is given by the environment stays there.
    func keep() throws { try target?.keep(bytes) }
}
