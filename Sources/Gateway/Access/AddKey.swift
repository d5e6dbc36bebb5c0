import Domain
import HTTPServer
import Storage

/// `POST /v1/keys`.
enum AddKey {
    private struct Request {
        var source: String
        var scopes: [Scope]
        var networks: [NetworkRange]
        var expiresAt: Timestamp?
        var isTest: Bool
    }

    static func handle(_ call: APICall) async throws -> HTTPResponse {
        let request = try await call.fields { read($0, now: call.now) }
        let leave = try await KeyLeave(call)
        try leave.check(scopes: request.scopes, isTest: request.isTest)
        let expiresAt = try leave.expiry(request.expiresAt)
        let networks = try leave.networks(request.networks)
        let sources = try await call.parties.sources(tenant: call.caller.tenant)
        guard let source = sources.first(where: { $0.name.utf8.elementsEqual(request.source.utf8) }) else {
            throw Problem.invalid("/source", "unknown_source", "There is no source “\(request.source)”.")
        }
        let token = APIKeyToken.make(isTest: request.isTest)
        var draft = AccessStore.Draft(token: token, source: source, scopes: request.scopes)
        draft.networks = networks
        draft.expiresAt = expiresAt
        let key = try await KeyRoutes.store(call).add(draft, audit: call.audit)
        call.configurationChanged()
        return .created(KeyView.json(key, token: token, now: call.now), at: "/v1/keys/\(key.publicID)")
    }

    private static func read(_ reader: FieldReader, now: Timestamp) -> Request {
        let source = reader.name("source") ?? ""
        _ = reader.required("scopes")
        var scopes: [Scope] = []
        for named in reader.list("scopes", of: "a scope", most: 100, { Scope.named($0) }) ?? [] {
            for scope in named where !scopes.contains(scope) { scopes.append(scope) }
        }
        if scopes.isEmpty, reader.value("scopes")?.arrayValue?.isEmpty == true {
            reader.fault("scopes", "required", "scopes names none.")
        }
        let networks =
            reader.list("networks", of: "a network such as 10.0.0.0/8", most: 100) { text in try? NetworkRange(text) }
            ?? []
        let expiresAt = reader.time("expires_at")
        if let expiresAt, expiresAt <= now { reader.fault("expires_at", "range", "expires_at is over.") }
        return Request(
            source: source, scopes: scopes, networks: networks, expiresAt: expiresAt,
            isTest: reader.flag("test") ?? false)
    }
}
