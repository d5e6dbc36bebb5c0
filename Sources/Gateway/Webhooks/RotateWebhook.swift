import Domain
import HTTPServer
import Jobs
import Senders
import Storage

/// `POST /v1/webhooks/{id}/rotate`: the new secret is shown once; the one before signs beside it for a while.
enum RotateWebhook {
    static func handle(_ call: APICall) async throws -> HTTPResponse {
        let overlap = try await call.optionalFields {
            $0.integer("overlap_seconds", in: 0...WebhookRoutes.longestOverlap) ?? 86_400
        }
        let access = WebhookAccess(call)
        let endpoint = try await access.endpoint()
        let secret = EndpointSecret.make()
        guard
            try await WebhookStore(database: call.database(for: .secrets)).rotate(
                endpoint.id, sealedSecret: WebhookSecrets.seal(secret, with: call.keys),
                overlap: .seconds(overlap), audit: call.audit)
        else { throw access.unknown }
        return .json(WebhookView.json(try await access.endpoint(), secret: secret.text, now: call.now))
    }
}
