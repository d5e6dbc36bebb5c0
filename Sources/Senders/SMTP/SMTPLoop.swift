private import Foundation
private import Synchronization

/// One thread that runs all SMTP connections of the providers that use it, so that no thread of Swift's pool ever
/// waits for a socket. Whole batches come in through an inbox: a message costs neither a lock nor a wake-up.
package final class SMTPLoop: Sendable {
    enum Command: Sendable {
        case send(SMTPJob)
        case forget(SMTPEndpoint)
        case resolved(SMTPEndpoint, [SocketAddress]?)
    }

    static let stopped = "the sender has stopped"

    private let inbox: SMTPInbox
    private let ended = DispatchSemaphore(value: 0)

    package init(name: String = "smtp") throws(SMTPLoopError) {
        inbox = try SMTPInbox()
        let (inbox, ended) = (inbox, ended)
        let thread = Thread {
            if let reactor = SMTPReactor(inbox: inbox) { reactor.run() } else { inbox.refuse() }
            ended.signal()
        }
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    deinit { inbox.close() }

    /// Ends what is under way (in doubt where a whole message was written), refuses what comes later, and waits for
    /// the thread's end. Blocks.
    package func stop() {
        inbox.close()
        ended.wait()
        ended.signal()
    }

    func submit(_ command: Command) { inbox.put(command) }
}

/// The system has no more descriptors for another loop.
package struct SMTPLoopError: Error, CustomStringConvertible {
    package var description: String {
        "The SMTP sender cannot start: too many open files. Raise the limit (ulimit -n)."
    }
}
