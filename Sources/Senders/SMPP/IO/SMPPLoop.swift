/// One thread that runs all SMPP connections of the process. Whole batches come in through an inbox.
package final class SMPPLoop: Sendable {
    enum Command: Sendable {
        case open(SMPPEndpoint)
        case send(SMPPJob)
        case forget(SMPPEndpoint)
        case resolved(connection: Int, generation: Int, HostLookup.Answer)
        case stored(connection: Int, generation: Int, sequence: UInt32, isData: Bool, Bool)
    }

    private let thread: LoopThread<Command>

    package init(name: String = "smpp") throws(LoopError) {
        thread = try LoopThread(name: name, refusal: Self.refuse) { inbox in
            guard let reactor = SMPPReactor(inbox: inbox) else { return false }
            reactor.run()
            return true
        }
    }

    /// Unbinds, waits a second at most for the answers to what is under way (the rest is in doubt), refuses what comes
    /// later, and waits for the thread's end. Blocks.
    package func stop() { thread.stop() }

    func submit(_ command: Command) { thread.submit(command) }

    private static func refuse(_ command: Command) {
        guard case .send(let job) = command else { return }
        job.abandon(.notSent(reason: ProviderReason.senderStopped))
    }
}
