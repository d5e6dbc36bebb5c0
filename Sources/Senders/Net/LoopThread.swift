private import Foundation

/// A thread of its own that takes the commands of one inbox until that is closed, so that no thread of Swift's pool ever
/// waits for a socket. It ends with its owner.
final class LoopThread<Command: Sendable>: Sendable {
    private let inbox: LoopInbox<Command>
    private let ended = DispatchSemaphore(value: 0)

    /// `run` works on the thread until the inbox is closed; false where it could not begin. `refusal` ends a command that
    /// comes when it has.
    init(
        name: String, refusal: @escaping @Sendable (Command) -> Void,
        run: @escaping @Sendable (LoopInbox<Command>) -> Bool
    ) throws(LoopError) {
        guard let inbox = LoopInbox(refusal: refusal) else { throw LoopError(loop: name) }
        self.inbox = inbox
        let ended = ended
        let thread = Thread {
            if !run(inbox) { inbox.refuse() }
            ended.signal()
        }
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    deinit { inbox.close() }

    func submit(_ command: Command) { inbox.put(command) }

    /// Takes nothing more, and waits for the thread's end. Blocks.
    func stop() {
        inbox.close()
        ended.wait()
        ended.signal()
    }
}

/// The system has no more descriptors for another loop.
package struct LoopError: Error, CustomStringConvertible {
    let loop: String

    package var description: String {
        "The sender's thread “\(loop)” cannot start: too many open files. Raise the limit (ulimit -n)."
    }
}
