import Domain
import Foundation

/// Runs one actor's jobs on a thread of its own, so that a blocking read never holds up Swift's own few
/// threads. The thread ends when the executor goes.
package final class ThreadExecutor: SerialExecutor {
    private let inbox = Inbox()

    package init(name: String) {
        let inbox = inbox
        let thread = Thread {
            while let (job, executor) = inbox.next() { job.runSynchronously(on: executor) }
        }
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    deinit { inbox.close() }

    package func enqueue(_ job: consuming ExecutorJob) {
        inbox.add(UnownedJob(job), asUnownedSerialExecutor())
    }

    /// The jobs that wait. Unchecked: `state` is only touched with `condition` locked.
    private final class Inbox: @unchecked Sendable {
        private let condition = NSCondition()
        private var jobs = Fifo<(UnownedJob, UnownedSerialExecutor)>()
        private var isClosed = false

        func add(_ job: UnownedJob, _ executor: UnownedSerialExecutor) {
            condition.withLock {
                jobs.append((job, executor))
                condition.signal()
            }
        }

        func close() {
            condition.withLock {
                isClosed = true
                condition.signal()
            }
        }

        func next() -> (UnownedJob, UnownedSerialExecutor)? {
            condition.withLock {
                while jobs.isEmpty, !isClosed { condition.wait() }
                return jobs.popFirst()
            }
        }
    }
}
