import Domain
import HTTPServer
import Jobs
import Storage

/// `/v1/webhooks`: who is told of what, by himself.
enum WebhookRoutes {
    static let longestOverlap: Int64 = 30 * 86_400

    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/webhooks", "listWebhooks", scope: .webhooksRead) { call in
                let page = try Page(call.request)
                let found = try await WebhookAccess(call).visible().filter { $0.id > page.after ?? 0 }
                return .json(
                    page.json(
                        found.prefix(page.limit).map { WebhookView.json($0, now: call.now) },
                        next: found.count > page.limit ? found[page.limit - 1].id : nil))
            },
            secured.route(.post, "/v1/webhooks", "addWebhook", scope: .webhooksWrite, body: .whole(limit: 1 << 14)) {
                try await AddWebhook.handle($0)
            },
            secured.route(
                .post, "/v1/webhooks/test", "testWebhook", scope: .webhooksWrite, body: .whole(limit: 1 << 10)
            ) {
                try await TestWebhook.handle($0)
            },
            secured.route(.get, "/v1/webhooks/{id}", "getWebhook", scope: .webhooksRead) { call in
                .json(WebhookView.json(try await WebhookAccess(call).endpoint(), now: call.now))
            },
            secured.route(.delete, "/v1/webhooks/{id}", "removeWebhook", scope: .webhooksWrite) { call in
                let access = WebhookAccess(call)
                let endpoint = try await access.endpoint()
                guard try await access.store.remove(endpoint.id, audit: call.audit) else { throw access.unknown }
                return .nothing
            },
            secured.route(
                .post, "/v1/webhooks/{id}/rotate", "rotateWebhook", scope: .webhooksWrite, body: .whole(limit: 1 << 10)
            ) { try await RotateWebhook.handle($0) },
            secured.route(.post, "/v1/webhooks/{id}/enable", "enableWebhook", scope: .webhooksWrite) { call in
                let access = WebhookAccess(call)
                let endpoint = try await access.endpoint()
                guard try await access.store.enable(endpoint.id, audit: call.audit) else { throw access.unknown }
                return .json(WebhookView.json(try await access.endpoint(), now: call.now))
            },
            secured.route(
                .post, "/v1/webhooks/{id}/replay", "replayWebhook", scope: .webhooksWrite, body: .whole(limit: 1 << 10)
            ) { try await ReplayWebhook.handle($0) },
        ]
    }
}
