import Domain

/// A mail server that takes messages over SMTP, by configuration. Each message is a transaction of its own; several
/// connections carry a batch, all on the thread of the loop it is given.
///
/// Says `notSent` only where the end of the message cannot have left, and `inDoubt` where it has and no answer came.
package final class SMTPProvider: Provider {
    package let name: String
    private let endpoint: SMTPEndpoint
    private let loop: SMTPLoop

    /// `installation` tells this installation's message ids from those of others.
    package convenience init(
        name: String, config: SMTPConfig, loop: SMTPLoop, installation: String = "herald",
        allowedInFlight: @escaping @Sendable () -> Int = { .max }
    ) {
        var config = config
        config.mail.installation = Array(installation.utf8).filter { byte in
            byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0x30 && byte <= 0x39 || byte == 0x2D
        }
        self.init(name: name, endpoint: SMTPEndpoint(config, allowedInFlight: allowedInFlight), loop: loop)
    }

    init(name: String, endpoint: SMTPEndpoint, loop: SMTPLoop) {
        self.name = name
        self.endpoint = endpoint
        self.loop = loop
    }

    deinit { loop.submit(.forget(endpoint)) }

    package func send(_ batch: borrowing MessageBatch, witness: any CallWitness) async -> [Outcome] {
        let count = batch.messages.count
        guard count > 0 else { return [] }
        let source: MailSource
        do throws(MailSource.Fault) {
            source = try MailSource(copy batch, settings: endpoint.config.mail)
        } catch {
            return Array(repeating: .permanent(reason: error.reason), count: count)
        }
        return await withCheckedContinuation { continuation in
            loop.submit(
                .send(SMTPJob(endpoint: endpoint, source: source, witness: witness, continuation: continuation)))
        }
    }
}

extension MailSource.Fault {
    fileprivate var reason: String {
        switch self {
        case .sender: "\(ProviderReason.senderRefused) (smtp no usable sender address)"
        case .noUnsubscribe: "\(ProviderReason.contentRefused) (no unsubscribe_url)"
        }
    }
}
