import Domain
import HTTPServer
import Jobs
import Senders
import Storage

/// `POST /v1/webhooks`.
enum AddWebhook {
    private struct Request {
        var url: String
        var kinds: WebhookKinds
        var source: String?
        var isForAll: Bool
        var label: String
    }

    static func handle(_ call: APICall) async throws -> HTTPResponse {
        let networks = call.webhooks.networks
        let request = try await call.fields { read($0, networks) }
        let access = WebhookAccess(call)
        let source = try await source(request, access)
        let secret = EndpointSecret.make()
        var draft = WebhookStore.Draft(
            tenant: call.caller.tenant, source: source, url: request.url, kinds: request.kinds,
            sealedSecret: WebhookSecrets.seal(secret, with: call.keys))
        draft.label = request.label
        guard let made = try await access.store.add(draft, audit: call.audit) else {
            throw Problem(
                .wrongState,
                "There are \(WebhookStore.mostPerTenant) webhooks already, the most there may be. Remove one first.")
        }
        return .created(WebhookView.json(made, secret: secret.text, now: call.now), at: "/v1/webhooks/\(made.id)")
    }

    private static func read(_ reader: FieldReader, _ networks: WebhookNetworks) -> Request {
        _ = reader.required("url")
        let url = reader.text("url", max: WebhookURL.longest) ?? ""
        if !url.isEmpty {
            do { _ = try WebhookURL(url, networks: networks) } catch { reader.fault("url", "url", error.text) }
        } else if reader.value("url")?.stringValue?.isEmpty == true {
            reader.fault("url", "url", WebhookURL.Fault.unreadable.text)
        }
        _ = reader.required("events")
        let kinds = reader.list("events", of: "an event such as message.delivered", most: 100) {
            WebhookKind.named($0)
        }
        if kinds?.isEmpty == true { reader.fault("events", "required", "events names none.") }
        let source = reader.value("source") == nil ? nil : reader.name("source")
        let isForAll = reader.flag("all_sources") ?? false
        if isForAll, source != nil {
            reader.fault("all_sources", "conflict", "Name a source or ask for all_sources, not both.")
        }
        return Request(
            url: url, kinds: WebhookKinds((kinds ?? []).flatMap(\.self)), source: source, isForAll: isForAll,
            label: reader.text("label", max: 200) ?? "")
    }

    /// Without a word of it, the key's own.
    private static func source(_ request: Request, _ access: WebhookAccess) async throws -> Int64? {
        let caller = access.call.caller
        if request.isForAll {
            guard access.seesAll else { throw AccessRefusal.scope(.messagesRead, caller) }
            return nil
        }
        guard let name = request.source, !name.utf8.elementsEqual(caller.sourceName.utf8) else { return caller.source }
        guard access.seesAll else { throw AccessRefusal.scope(.messagesRead, caller) }
        let sources = try await access.call.parties.sources(tenant: caller.tenant)
        guard let source = sources.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            throw Problem.invalid("/source", "unknown_source", "There is no source “\(name)”.")
        }
        return source.id
    }
}
