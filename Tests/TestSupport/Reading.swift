import Foundation
import Synchronization

/// Reads what a program writes, all the time and on a thread of its own: a pipe that is full would hold the program up.
package final class Reading: Sendable {
    private let lines = Mutex<[String]>([])
    private let ended = DispatchSemaphore(value: 0)

    package init(_ process: ChildProcess) {
        Thread { [self] in
            while let line = process.line() { lines.withLock { $0.append(line) } }
            ended.signal()
        }.start()
    }

    /// What came so far.
    package var soFar: [String] { lines.withLock { $0 } }

    /// Everything, once there can be no more. Blocks; once.
    package func rest() -> [String] {
        ended.wait()
        return soFar
    }
}
