import Domain
import Foundation
import Senders
import Storage

/// Webhooks as people and machines read them.
enum WebhookText {
    static func lines(_ endpoint: WebhookEndpoint, now: Timestamp) -> [String] {
        var lines = [
            "webhook    \(endpoint.id)\(endpoint.label.isEmpty ? "" : " (\(endpoint.label))")",
            "url        \(endpoint.url)",
            "tenant     \(endpoint.tenantName)", "source     \(endpoint.sourceName ?? "all")",
            "events     \(endpoint.kinds.words.joined(separator: ", "))", "state      \(endpoint.standing)",
            "delivered  \(endpoint.delivered)\(endpoint.deliveredAt.map { ", the last at \(KeyText.time($0))" } ?? "")",
            "waiting    \(counted(endpoint.waiting))", "given up   \(counted(endpoint.givenUp))",
            "made       \(KeyText.time(endpoint.createdAt))",
        ]
        if let since = endpoint.failingSince { lines.append("failing    since \(KeyText.time(since))") }
        if let at = endpoint.disabledAt {
            lines.append("disabled   \(KeyText.time(at)); `herald webhook enable \(endpoint.id)` begins anew")
        }
        if !endpoint.note.isEmpty { lines.append("note       \(endpoint.note)") }
        if let until = endpoint.formerUntil, until > now {
            lines.append("rotated    the secret before signs too until \(KeyText.time(until))")
        }
        return lines
    }

    static func counted(_ count: Int64) -> String {
        count >= WebhookEndpoint.mostCounted ? "\(WebhookEndpoint.mostCounted) or more" : String(count)
    }

    static func json(_ endpoint: WebhookEndpoint) -> JSON {
        func time(_ time: Timestamp?) -> JSON { time.map { .string($0.description) } ?? .null }
        return [
            "id": .int(endpoint.id), "url": .string(endpoint.url), "tenant": .string(endpoint.tenantName),
            "source": endpoint.sourceName.map { .string($0) } ?? .null, "label": .string(endpoint.label),
            "events": .array(endpoint.kinds.words.map { .string($0) }), "state": .string(endpoint.standing),
            "created_at": time(endpoint.createdAt), "former_secret_until": time(endpoint.formerUntil),
            "delivered": .int(endpoint.delivered), "last_delivered_at": time(endpoint.deliveredAt),
            "waiting": .int(endpoint.waiting), "given_up": .int(endpoint.givenUp),
            "failing_since": time(endpoint.failingSince), "disabled_at": time(endpoint.disabledAt),
            "note": .string(endpoint.note),
        ]
    }

    /// For the log. An address may hold a secret in its path: who it is is said by its number.
    static func disabled(_ disabled: WebhookQueue.Disabled) -> String {
        "Webhook \(disabled.id) was disabled. \(disabled.note) `herald webhook enable \(disabled.id)` begins anew; `herald webhook replay` tells what it missed."
    }
}

extension Installation {
    var webhooks: WebhookStore { WebhookStore(database: database) }

    /// Where webhooks may go beside the open internet.
    func webhookNetworks() throws -> WebhookNetworks {
        do { return try WebhookNetworks(environment: ProcessInfo.processInfo.environment) } catch {
            throw CommandError.failed("\(error)")
        }
    }

    func webhook(_ text: String) async throws -> WebhookEndpoint {
        guard let id = Int64(text), id > 0, id <= Int64(Int32.max), let found = try await webhooks.endpoint(id) else {
            throw CommandError.failed("There is no webhook “\(text)”. `herald webhook list` shows them.")
        }
        return found
    }
}
