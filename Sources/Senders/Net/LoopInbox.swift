private import CCurl
private import Glibc
private import Synchronization

/// Commands on their way to a loop's thread, and the event that wakes it. Closed once: what is put in later is refused on
/// the spot, and nobody is woken again.
final class LoopInbox<Command: Sendable>: Sendable {
    private struct State {
        var commands: [Command] = []
        var isClosed = false
    }

    /// Readable when there is something to take.
    let descriptor: Int32
    private let refusal: @Sendable (Command) -> Void
    private let state = Mutex(State())

    /// Nil where the system has no more descriptors. `refusal` ends a command that nobody will take.
    init?(refusal: @escaping @Sendable (Command) -> Void) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        self.refusal = refusal
        guard descriptor >= 0 else { return nil }
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    func put(_ command: Command) {
        let (isClosed, wasEmpty) = state.withLock { state in
            let wasEmpty = state.commands.isEmpty
            if !state.isClosed { state.commands.append(command) }
            return (state.isClosed, wasEmpty)
        }
        if isClosed { refusal(command) } else if wasEmpty { wake() }
    }

    /// Everything that was put in since the last call, and whether it was the last.
    func take() -> (commands: [Command], isClosed: Bool) {
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
        for command in take().commands { refusal(command) }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }
}
