/// What the owner of a running cluster should show or log.
package enum ClusterEvent: Sendable, Hashable, CustomStringConvertible {
    /// A server that an earlier Herald had left running was taken over.
    case tookOverRunningServer
    /// What a killed server left behind was cleared away.
    case clearedLeftovers
    case serverDied
    case serverRestarted
    case restartFailed(ClusterError)
    /// The disk is full: the space kept for this case was given up.
    case gaveUpBallast(folder: String)

    package var description: String {
        switch self {
        case .tookOverRunningServer: "Took over the database server that an earlier Herald had left running."
        case .clearedLeftovers: "Cleared away what an earlier, killed database server had left behind."
        case .serverDied: "The database server ended unexpectedly; it is being started again."
        case .serverRestarted: "The database server runs again."
        case .restartFailed(let error): "The database server could not be started again: \(error)"
        case .gaveUpBallast(let folder):
            "The disk that holds \(folder) is full. The space that was kept in reserve is in use now; free some more."
        }
    }
}
