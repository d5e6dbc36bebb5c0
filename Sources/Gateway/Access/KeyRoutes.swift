import Domain
import HTTPServer
import Storage

/// `/v1/keys`. A key is shown once, in the answer that makes it.
enum KeyRoutes {
    private static let longestOverlap: Int64 = 30 * 86_400

    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/keys", "listKeys", scope: .keysRead) { call in
                let page = try Page(call.request)
                let found = try await store(call).keys(tenant: call.caller.tenant).filter { $0.id > page.after ?? 0 }
                return .json(
                    page.json(
                        found.prefix(page.limit).map { KeyView.json($0, now: call.now) },
                        next: found.count > page.limit ? found[page.limit - 1].id : nil))
            },
            secured.route(.post, "/v1/keys", "addKey", scope: .keysWrite, body: .whole(limit: 1 << 14)) {
                try await AddKey.handle($0)
            },
            secured.route(.get, "/v1/keys/{id}", "getKey", scope: .keysRead) { call in
                .json(KeyView.json(try await key(call), now: call.now))
            },
            secured.route(.delete, "/v1/keys/{id}", "revokeKey", scope: .keysWrite) { call in
                let key = try await key(call)
                guard try await store(call).revoke(key.publicID, audit: call.audit) else {
                    throw Problem(.wrongState, "\(key.shown) has ended already.")
                }
                call.configurationChanged()
                return .nothing
            },
            secured.route(.post, "/v1/keys/{id}/rotate", "rotateKey", scope: .keysWrite, body: .whole(limit: 1 << 10)) {
                try await rotate($0)
            },
        ]
    }

    static func store(_ call: APICall) -> AccessStore { AccessStore(database: call.database) }

    /// By its public name, alone or as the first part of the key.
    private static func key(_ call: APICall) async throws -> APIKey {
        let text = call.path["id"] ?? ""
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        let name = parts.count == 3 && parts[0] == "hk" ? parts[2] : text[...]
        guard let id = APIKeyID(name), let key = try await store(call).key(id), key.tenant == call.caller.tenant else {
            throw Problem(.notFound, "There is no such key.")
        }
        return key
    }

    /// Whoever rotates a key gets to know it, so it must be one that he could have made.
    private static func rotate(_ call: APICall) async throws -> HTTPResponse {
        let overlap = try await call.optionalFields {
            $0.integer("overlap_seconds", in: 0...longestOverlap) ?? 86_400
        }
        let key = try await key(call)
        let leave = try await KeyLeave(call)
        if key.publicID != call.caller.keyID {
            try leave.check(scopes: key.scopes.flatMap { Scope.named($0) ?? [] }, isTest: key.isTest)
        }
        let token = APIKeyToken.make(isTest: key.isTest, id: key.publicID)
        let secrets = AccessStore(database: call.database(for: .secrets))
        guard try await secrets.rotate(token, overlap: .seconds(overlap), audit: call.audit),
            let rotated = try await store(call).key(key.publicID)
        else { throw Problem(.wrongState, "\(key.shown) has ended. Make another one.") }
        call.configurationChanged()
        return .json(KeyView.json(rotated, token: token, now: call.now))
    }
}
