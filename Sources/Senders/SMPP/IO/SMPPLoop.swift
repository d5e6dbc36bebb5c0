private import Foundation

/// One thread that runs all SMPP connections of the process: no thread of Swift's pool ever waits for a socket. Whole
/// batches come in through an inbox.
package final class SMPPLoop: Sendable {
    private let inbox: SMPPInbox
    private let ended = DispatchSemaphore(value: 0)

    package init(name: String = "smpp") throws(SMPPLoopError) {
        inbox = try SMPPInbox()
        let (inbox, ended) = (inbox, ended)
        let thread = Thread {
            if let reactor = SMPPReactor(inbox: inbox) { reactor.run() } else { inbox.refuse() }
            ended.signal()
        }
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    deinit { inbox.close() }

    /// Unbinds, waits a second at most for the answers to what is under way (the rest is in doubt), refuses what comes
    /// later, and waits for the thread's end. Blocks.
    package func stop() {
        inbox.close()
        ended.wait()
        ended.signal()
    }

    func submit(_ command: SMPPInbox.Command) { inbox.put(command) }
}

/// The system has no more descriptors for another loop.
package struct SMPPLoopError: Error, CustomStringConvertible {
    package var description: String {
        "The SMPP sender cannot start: too many open files. Raise the limit (ulimit -n)."
    }
}
