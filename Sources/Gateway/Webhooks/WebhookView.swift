import Domain
import Storage

/// An endpoint as the API shows it; with its secret only to who has just made it.
enum WebhookView {
    static func json(_ endpoint: WebhookEndpoint, secret: String? = nil, now: Timestamp) -> JSON {
        var object = JSONObject()
        object["id"] = .string(String(endpoint.id))
        object["url"] = .string(endpoint.url)
        object["events"] = .words(endpoint.kinds.words)
        object["source"] = .text(endpoint.sourceName)
        object["label"] = .string(endpoint.label)
        if let secret { object["secret"] = .string(secret) }
        object["state"] = .string(endpoint.standing)
        object["created_at"] = .time(endpoint.createdAt)
        object["former_secret_until"] = .time(endpoint.formerUntil.flatMap { $0 > now ? $0 : nil })
        object["delivered"] = .int(endpoint.delivered)
        object["last_delivered_at"] = .time(endpoint.deliveredAt)
        object["waiting"] = .int(endpoint.waiting)
        object["given_up"] = .int(endpoint.givenUp)
        object["failing_since"] = .time(endpoint.failingSince)
        object["disabled_at"] = .time(endpoint.disabledAt)
        object["note"] = .string(endpoint.note)
        return .object(object)
    }
}
