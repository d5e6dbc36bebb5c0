/// One thread that runs one libcurl multi handle: connections and name look-ups are shared by all
/// providers that use it. Whole batches come in through an inbox, so a message costs neither a lock nor a wake-up.
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

    private let thread: LoopThread<Command>

    package init(name: String = "curl", limits: Limits = Limits()) throws(LoopError) {
        thread = try LoopThread(name: name, refusal: Self.refuse) { inbox in
            guard let reactor = CurlReactor(inbox: inbox, limits: limits) else { return false }
            reactor.run()
            return true
        }
    }

    /// Ends what is under way (in doubt where bytes were written), refuses what comes later, and waits
    /// for the thread's end. Blocks.
    package func stop() { thread.stop() }

    func submit(_ command: Command) { thread.submit(command) }

    private static func refuse(_ command: Command) {
        guard case .send(let job) = command else { return }
        job.abandon(reason: ProviderReason.senderStopped)
        job.resume()
    }
}
