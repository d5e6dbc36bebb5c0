import Foundation
import Glibc

/// Threads for the checking of uploads that come by the network: as many as processors, less urgent than the others, so
/// that a file of a million rows doesn't hold up a one-time password on the few threads that all handlers share.
package final class BulkExecutor: TaskExecutor {
    package static let shared = BulkExecutor()

    /// Lower priority, not lowest: an upload beside nothing else loses nothing.
    private static let niceness: Int32 = 5

    private let inbox = Inbox()

    private init() {
        for number in 0..<max(1, ProcessInfo.processInfo.activeProcessorCount) {
            let inbox = inbox
            let thread = Thread {
                // Of the thread that asks.
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
                while true {
                    let (job, executor) = inbox.next()
                    job.runSynchronously(on: executor)
                }
            }
            thread.name = "herald-bulk-\(number)"
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) { inbox.add(UnownedJob(job), asUnownedTaskExecutor()) }

    /// The jobs that wait. Unchecked: `jobs` is only touched with `condition` locked.
    private final class Inbox: @unchecked Sendable {
        private let condition = NSCondition()
        private var jobs: [(UnownedJob, UnownedTaskExecutor)] = []

        func add(_ job: UnownedJob, _ executor: UnownedTaskExecutor) {
            condition.withLock {
                jobs.append((job, executor))
                condition.signal()
            }
        }

        func next() -> (UnownedJob, UnownedTaskExecutor) {
            condition.withLock {
                while jobs.isEmpty { condition.wait() }
                return jobs.removeFirst()
            }
        }
    }
}
