import Domain
import HTTPServer
import Jobs
import Senders
import Storage

/// `POST /v1/webhooks/test`: an event of the type `webhook.test`, sent at once and once.
enum TestWebhook {
    static func handle(_ call: APICall) async throws -> HTTPResponse {
        let id = try await call.fields { reader -> Int64 in
            _ = reader.required("id")
            guard let text = reader.text("id") else { return 0 }
            guard let id = Int64(text), id > 0 else {
                reader.fault("id", "form", "id must be a webhook's, as lists show it.")
                return 0
            }
            return id
        }
        let endpoint = try await WebhookAccess(call).endpoint(id)
        let trial = WebhookTrial(
            database: call.database(for: .secrets), keys: call.keys, sender: call.webhooks)
        let (event, answer) = try await trial.run(endpoint)
        return .json([
            "event": .string(event), "delivered": .bool(answer.isDelivered), "status": .int(Int64(answer.status)),
            "problem": .string(answer.problem),
        ])
    }
}
