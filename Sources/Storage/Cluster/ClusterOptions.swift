/// What a caller may choose about the cluster.
package struct ClusterOptions: Sendable, Hashable {
    /// Off for tests only: a crash of the machine may then lose or break the data. A crash of a process may not.
    package var survivesPowerLoss = true
    /// Kept on disk, to be given up when the disk is full so that the server can start. 0 for none.
    package var ballastBytes = 64 << 20

    package init() {}

    /// For throwaway clusters: quick to make and to stop.
    package static var throwaway: ClusterOptions {
        var options = ClusterOptions()
        options.survivesPowerLoss = false
        options.ballastBytes = 0
        return options
    }
}
