import Domain
import Foundation
import Glibc

/// Threads for work in bulk: the checking of uploads and large requests, the sending of campaigns. As many as processors, less
/// urgent than the others, so that a million rows don't hold up a one-time password on the few threads that all share.
package final class BulkExecutor: TaskExecutor {
    /// For files that come in.
    package static let intake = BulkExecutor(name: "herald-intake")
    /// For large requests: one thread, so that whoever sends as many as he can leaves room for others.
    package static let requests = BulkExecutor(name: "herald-requests", threads: 1)
    /// For what goes out: what came in must not stand in line before it.
    package static let sending = BulkExecutor(name: "herald-sending")

    /// Lower priority, not lowest: bulk work beside nothing else loses nothing.
    private static let niceness: Int32 = 5

    private let inbox = Inbox()

    private init(name: String, threads: Int = ProcessInfo.processInfo.activeProcessorCount) {
        for number in 0..<max(1, threads) {
            let inbox = inbox
            let thread = Thread {
                // Of the thread that asks.
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
                while true {
                    let (job, executor) = inbox.next()
                    job.runSynchronously(on: executor)
                }
            }
            thread.name = "\(name)-\(number)"
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) { inbox.add(UnownedJob(job), asUnownedTaskExecutor()) }

    /// The jobs that wait. Unchecked: `jobs` is only touched with `condition` locked.
    private final class Inbox: @unchecked Sendable {
        private let condition = NSCondition()
        private var jobs = Fifo<(UnownedJob, UnownedTaskExecutor)>()

        func add(_ job: UnownedJob, _ executor: UnownedTaskExecutor) {
            condition.withLock {
                jobs.append((job, executor))
                condition.signal()
            }
        }

        func next() -> (UnownedJob, UnownedTaskExecutor) {
            condition.withLock {
                while true {
                    if let next = jobs.popFirst() { return next }
                    condition.wait()
                }
            }
        }
    }
}
