private import Synchronization

/// What a provider of a process is given besides its settings.
package struct SenderRuntime: Sendable {
    package let loops: SenderLoops
    /// Tells this installation's idempotency keys from those of others on the same account.
    package let installation: String
    /// Takes what providers tell by themselves; nil where nobody listens.
    package let sink: (any ReceiptSink)?
    /// How many calls the provider may have under way; asked before each.
    package let allowedInFlight: @Sendable () -> Int

    package init(
        loops: SenderLoops, installation: String = "herald", sink: (any ReceiptSink)? = nil,
        allowedInFlight: @escaping @Sendable () -> Int = { .max }
    ) {
        self.loops = loops
        self.installation = installation
        self.sink = sink
        self.allowedInFlight = allowedInFlight
    }
}

/// The threads that talk to providers, one for each protocol. Those that few installations need are started by the
/// first provider that does.
package final class SenderLoops: Sendable {
    package let curl: CurlLoop
    private let smppLoop = Mutex<SMPPLoop?>(nil)
    private let smtpLoop = Mutex<SMTPLoop?>(nil)

    package init() throws { curl = try CurlLoop() }

    func smpp() throws -> SMPPLoop {
        try smppLoop.withLock { loop in
            if let loop { return loop }
            let made = try SMPPLoop()
            loop = made
            return made
        }
    }

    func smtp() throws -> SMTPLoop {
        try smtpLoop.withLock { loop in
            if let loop { return loop }
            let made = try SMTPLoop()
            loop = made
            return made
        }
    }

    /// Ends what is under way, and waits for the threads' end. Blocks.
    package func stop() {
        curl.stop()
        smppLoop.withLock { $0 }?.stop()
        smtpLoop.withLock { $0 }?.stop()
    }
}
