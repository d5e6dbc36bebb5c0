import Domain
import HTTPServer
import Storage

/// `/v1/sources`: the systems of the tenant that send, what they may send and how much.
enum SourceRoutes {
    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/sources", "listSources", scope: .sourcesRead) { call in
                let page = try Page(call.request)
                let limits = try await rules(call).limits()
                let found = try await call.parties.sources(tenant: call.caller.tenant)
                    .filter { $0.id > page.after ?? 0 }.sorted { $0.id < $1.id }
                return .json(
                    page.json(
                        found.prefix(page.limit).map { SourceView.json($0, limits: limits[$0.id]) },
                        next: found.count > page.limit ? found[page.limit - 1].id : nil))
            },
            secured.route(
                .post, "/v1/sources", "addSource", scope: .sourcesWrite, body: .whole(limit: 1 << 12)
            ) { call in
                let name = try await call.fields { $0.name() ?? "" }
                do {
                    try await call.parties.addSource(tenant: call.caller.tenant, name: name, audit: call.audit)
                } catch StorageError.constraint {
                    throw Problem(.wrongState, "There is a source “\(name)” already.")
                }
                return .created(
                    SourceView.json(try await source(named: name, call), limits: nil), at: "/v1/sources/\(name)")
            },
            secured.route(.get, "/v1/sources/{name}", "getSource", scope: .sourcesRead) { call in
                .json(try await view(try await source(call), call))
            },
            secured.route(.delete, "/v1/sources/{name}", "removeSource", scope: .sourcesWrite) { call in
                let source = try await source(call)
                guard source.id != call.caller.source else {
                    throw Problem(
                        .wrongState, "This key belongs to the source and would end with it. Use another source's key.")
                }
                guard try await call.parties.removeSource(source.id, audit: call.audit) else { throw unknown }
                call.configurationChanged()
                return .nothing
            },
            secured.route(
                .post, "/v1/sources/{name}/permits", "permitUse", scope: .sourcesWrite, body: .whole(limit: 1 << 16)
            ) { try await permit($0) },
            secured.route(.delete, "/v1/sources/{name}/permits/{id}", "forbidUse", scope: .sourcesWrite) {
                try await forbid($0)
            },
            secured.route(
                .put, "/v1/sources/{name}/limits", "setLimits", scope: .sourcesWrite, body: .whole(limit: 1 << 12)
            ) { call in
                let source = try await source(call)
                let limits = try await call.fields { SourceView.limits($0) }
                try await rules(call).setLimits(limits, of: source, audit: call.audit)
                call.configurationChanged()
                return .json(try await view(source, call))
            },
        ]
    }

    private static let unknown = Problem(.notFound, "There is no such source.")

    private static func rules(_ call: APICall) -> SourceRuleStore {
        SourceRuleStore(database: call.database)
    }

    private static func source(_ call: APICall) async throws -> Source {
        try await source(named: call.path["name"] ?? "", call)
    }

    static func source(named name: String, _ call: APICall) async throws -> Source {
        let sources = try await call.parties.sources(tenant: call.caller.tenant)
        guard let source = sources.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { throw unknown }
        return source
    }

    private static func view(_ source: Source, _ call: APICall) async throws -> JSON {
        let rules = rules(call)
        return SourceView.json(
            source, limits: try await rules.limits()[source.id], uses: try await rules.uses(source: source.id))
    }

    private static func permit(_ call: APICall) async throws -> HTTPResponse {
        let source = try await source(call)
        let use = try await call.fields { SourceView.use($0) }
        guard let id = try await rules(call).permit(use, to: source, audit: call.audit) else {
            throw Problem(.wrongState, "The same is permitted already.")
        }
        call.configurationChanged()
        return .created(
            SourceView.json(id: id, use), at: "/v1/sources/\(source.name)/permits/\(id)")
    }

    private static func forbid(_ call: APICall) async throws -> HTTPResponse {
        let source = try await source(call)
        let mayOpen = call.request.parameter("open") == "true"
        switch try await rules(call).forbid(
            try call.number("id"), of: source, mayOpen: mayOpen, audit: call.audit)
        {
        case .done:
            call.configurationChanged()
            return .nothing
        case .unknown: throw Problem(.notFound, "The source has no such permitted use.")
        case .wouldOpen:
            throw Problem(
                .wrongState,
                "It is the last one: without any, the scopes of the source's keys decide alone. Say open=true if that is meant."
            )
        }
    }
}
