import Glibc

/// How the embedded cluster stands, looked at without touching it.
package struct ClusterCondition: Sendable, Hashable {
    /// The folder that holds the data; nil where none was made yet.
    package var folder: String?
    package var dataVersion: String?
    /// The folder of the server's programs and their version, or why there are none.
    package var binaries: Result<Binaries, ClusterError>
    package var owner: Int32?
    package var answers: Bool

    package struct Binaries: Sendable, Hashable {
        package let folder: String
        package let major: Int
    }

    /// What an ordinary user may still write on the disk of a folder.
    package static func freeSpace(on folder: String) -> Int { MachineSize.freeSpace(on: folder) }

    /// The server writes its log in files of 16 MB: with less it can't go on.
    package static func isFull(_ folder: String) -> Bool { freeSpace(on: folder) < 17 << 20 }
}

extension EmbeddedCluster {
    /// Starts, makes and changes nothing.
    package func condition() async throws(ClusterError) -> ClusterCondition {
        try await offPool { () throws(ClusterError) in
            let folder = try ClusterFolder.existing(of: home)
            var condition = ClusterCondition(
                folder: folder?.path, dataVersion: folder?.dataVersion,
                binaries: .failure(.serverMissing(oldestUsable: ServerBinaries.oldestUsable)), answers: false)
            do throws(ClusterError) {
                let found = try ServerBinaries.find(
                    for: folder?.dataVersion, dataFolder: folder?.data ?? "", environment: environment)
                condition.binaries = .success(ClusterCondition.Binaries(folder: found.folder, major: found.major))
            } catch {
                condition.binaries = .failure(error)
            }
            guard let folder else { return condition }
            condition.owner = OwnerLock.isHeld(folder) ? OwnerLock.holder(of: folder) : nil
            condition.answers = ServerProbe.ask(try Self.parameters(of: folder)) == .ready
            return condition
        }
    }
}
