private import Foundation
private import Glibc
private import Synchronization

/// One thread that runs one libcurl multi handle: connections and name look-ups are shared by all
/// providers that use it, and no thread of Swift's pool ever waits for a socket. Whole batches come in
/// through an inbox, so a message costs neither a lock nor a wake-up.
package final class CurlLoop: Sendable {
    package struct Limits: Sendable {
        /// Requests under way at a time, over all providers.
        package var inFlight = 512
        /// Requests under way at a time to one host and port, over all providers that talk to it.
        package var connectionsPerHost = 128

        package init() {}
    }

    enum Command: Sendable {
        case send(HTTPJob)
        case forget(HTTPEndpoint)
    }

    private let inbox: CurlInbox
    private let ended = DispatchSemaphore(value: 0)

    package init(name: String = "curl", limits: Limits = Limits()) throws(CurlLoopError) {
        inbox = try CurlInbox()
        let (inbox, ended) = (inbox, ended)
        let thread = Thread {
            if let reactor = CurlReactor(inbox: inbox, limits: limits) { reactor.run() } else { inbox.refuse() }
            ended.signal()
        }
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    deinit { inbox.close() }

    /// Ends what is under way (in doubt where bytes were written), refuses what comes later, and waits
    /// for the thread's end. Blocks.
    package func stop() {
        inbox.close()
        ended.wait()
        ended.signal()
    }

    func submit(_ command: Command) { inbox.put(command) }
}

/// The system has no more descriptors for another loop.
package struct CurlLoopError: Error, CustomStringConvertible {
    package var description: String {
        "The HTTP sender cannot start: too many open files. Raise the limit (ulimit -n)."
    }
}
