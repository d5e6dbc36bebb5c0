/// One thread that runs all SMTP connections of the providers that use it. Whole batches come in through an inbox: a
/// message costs neither a lock nor a wake-up.
package final class SMTPLoop: Sendable {
    enum Command: Sendable {
        case send(SMTPJob)
        case forget(SMTPEndpoint)
        case resolved(SMTPEndpoint, [SocketAddress]?)
    }

    private let thread: LoopThread<Command>

    package init(name: String = "smtp") throws(LoopError) {
        thread = try LoopThread(name: name, refusal: Self.refuse) { inbox in
            guard let reactor = SMTPReactor(inbox: inbox) else { return false }
            reactor.run()
            return true
        }
    }

    /// Ends what is under way (in doubt where a whole message was written), refuses what comes later, and waits for
    /// the thread's end. Blocks.
    package func stop() { thread.stop() }

    func submit(_ command: Command) { thread.submit(command) }

    private static func refuse(_ command: Command) {
        guard case .send(let job) = command else { return }
        job.abandon(.notSent(reason: ProviderReason.senderStopped))
        job.resume()
    }
}
