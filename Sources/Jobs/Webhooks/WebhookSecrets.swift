import Domain
import Senders
import Storage

/// Secrets on their way into the database and out of it.
package enum WebhookSecrets {
    private static let context = "webhook secret"

    package static func seal(_ secret: EndpointSecret, with keys: KeyRing) -> [UInt8] {
        keys.seal(Array(secret.text.utf8), context: context)
    }

    package static func open(_ sealed: [[UInt8]], with keys: KeyRing) throws -> [EndpointSecret] {
        try sealed.map { sealed in
            let text = String(decoding: try keys.open(sealed, context: context), as: UTF8.self)
            guard let secret = EndpointSecret(text) else { throw StorageError.malformed("a webhook's secret") }
            return secret
        }
    }
}

/// Asks an endpoint at once whether it takes what it is sent; for people who set one up.
package struct WebhookTrial: Sendable {
    private let store: WebhookStore
    private let keys: KeyRing
    private let sender: WebhookSender

    package init(database: Database, keys: KeyRing, sender: WebhookSender) {
        store = WebhookStore(database: database)
        self.keys = keys
        self.sender = sender
    }

    /// The event's id, and what was answered.
    package func run(_ endpoint: WebhookEndpoint, now: Timestamp = .now) async throws -> (
        id: String, answer: WebhookSender.Answer
    ) {
        let secrets = try WebhookSecrets.open(try await store.secrets(of: endpoint.id), with: keys)
        let id = "test_\(endpoint.id)_\(now.micros)"
        let body = WebhookPayload.body(.test, at: now, data: ["webhook_id": .string(String(endpoint.id))])
        return (id, await sender.send(body, id: id, to: endpoint.url, secrets: secrets, now: now))
    }
}
