import Foundation
import Synchronization

/// A running server and the right to stop it. While this exists, the server is started again
/// whenever it dies. States: running -> stopped, by `stop()`; a lost server is restarted in between.
///
/// When the process that holds this is killed, the server goes on; the next owner takes it over.
package final class RunningCluster: Sendable {
    package let parameters: ConnectionParameters
    /// What the screen must say about where the data is, if anything.
    package var notice: String? { folder.notice }
    /// The folder that holds the data folder, the socket and the server's log.
    package var folderPath: String { folder.path }

    private let folder: ClusterFolder
    private let start: ServerStart
    private let state: Mutex<State>
    /// Ends a restart that is under way, as the lock of `state` is held meanwhile.
    private let isStopping = Atomic(false)

    private struct State: ~Copyable {
        var lock: OwnerLock?
        var postmaster: pid_t
        var lastTidied = ContinuousClock.now
        var nextTry = ContinuousClock.now
        var failures = 0
    }

    /// Takes the lock and starts the server. Blocks.
    init(start: ServerStart) throws(ClusterError) {
        let lock = try OwnerLock(start.folder)
        let postmaster = try start.run()
        parameters = try EmbeddedCluster.parameters(of: start.folder)
        folder = start.folder
        self.start = start
        state = Mutex(State(lock: lock, postmaster: postmaster))
        let thread = Thread { [weak self] in
            while self?.look() == true { usleep(200_000) }
        }
        thread.name = "herald-cluster"
        thread.start()
    }

    /// The server's first process, for those who look after it from outside (`status`, tests).
    package var postmaster: Int32 { state.withLock { $0.postmaster } }

    /// Stops the server and gives the folder free. Further calls do nothing.
    package func stop() async throws(ClusterError) {
        try await offPool { [self] () throws(ClusterError) in try stopNow() }
    }

    /// The same for callers that are no tasks. Blocks.
    package func stopNow() throws(ClusterError) {
        isStopping.store(true, ordering: .releasing)
        let result: Result<Void, ClusterError> = state.withLock { state in
            guard state.lock != nil else { return .success(()) }
            do throws(ClusterError) {
                try ServerStop(folder: folder).run(state.postmaster)
                state.lock = nil
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// One look at the server; brings it up again if it is gone. Says whether there is anything left to watch.
    private func look() -> Bool {
        state.withLock { state in
            guard state.lock != nil, !isStopping.load(ordering: .acquiring) else { return false }
            if ContinuousClock.now - state.lastTidied > .seconds(60) {
                ServerLog(folder: folder).prune()
                start.ballast.lay()
                state.lastTidied = .now
            }
            if start.ballast.giveUpIfFull() { start.report(.gaveUpBallast(folder: folder.path)) }
            guard ContinuousClock.now >= state.nextTry, ServerProcesses.hasEnded(state.postmaster) else { return true }
            if state.failures == 0 { start.report(.serverDied) }
            do throws(ClusterError) {
                state.postmaster = try start.run(restart: true) { isStopping.load(ordering: .acquiring) }
                state.failures = 0
                start.report(.serverRestarted)
            } catch {
                // 1, 2, 4 … 32 s: a full disk or a lost folder needs somebody's hand.
                state.nextTry = .now + .seconds(1 << min(state.failures, 5))
                state.failures += 1
                start.report(.restartFailed(error))
            }
            return true
        }
    }
}
