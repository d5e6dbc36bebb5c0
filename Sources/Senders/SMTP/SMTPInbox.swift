private import CCurl
private import Glibc
private import Synchronization

/// Commands on their way to an SMTP loop's thread, and the event that wakes it. Closed once: what is put in later is
/// refused on the spot.
final class SMTPInbox: Sendable {
    private struct State {
        var commands: [SMTPLoop.Command] = []
        var isClosed = false
    }

    /// Readable when there is something to take.
    let descriptor: Int32
    private let state = Mutex(State())

    init() throws(SMTPLoopError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SMTPLoopError() }
    }

    deinit { Glibc.close(descriptor) }

    func put(_ command: SMTPLoop.Command) {
        let (isClosed, wasEmpty) = state.withLock { state in
            let wasEmpty = state.commands.isEmpty
            if !state.isClosed { state.commands.append(command) }
            return (state.isClosed, wasEmpty)
        }
        if isClosed { Self.refuse(command) } else if wasEmpty { wake() }
    }

    /// Everything that was put in since the last call, and whether it was the last.
    func take() -> (commands: [SMTPLoop.Command], isClosed: Bool) {
        var counter: UInt64 = 0
        _ = read(descriptor, &counter, 8)
        return state.withLock { state in
            defer { state.commands = [] }
            return (state.commands, state.isClosed)
        }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        wake()
    }

    /// Closes, and refuses what waits.
    func refuse() {
        close()
        for command in take().commands { Self.refuse(command) }
    }

    static func refuse(_ command: SMTPLoop.Command) {
        guard case .send(let job) = command else { return }
        job.abandon(.notSent(reason: SMTPLoop.stopped))
        job.resume()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }
}
