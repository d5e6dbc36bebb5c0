import Domain
import HTTPServer
import Jobs
import Storage

/// `/v1/templates`.
enum TemplateRoutes {
    private static let bodyLimit = 1 << 20

    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/templates", "listTemplates", scope: .templatesRead) { call in
                let page = try Page(call.request)
                let found = try await call.parties.templates(
                    tenant: call.caller.tenant, after: page.after, limit: page.limit + 1)
                return .json(
                    page.json(
                        try found.prefix(page.limit).map { try TemplateView.json($0.template) },
                        next: found.count > page.limit ? found[page.limit - 1].place : nil))
            },
            secured.route(
                .post, "/v1/templates", "addTemplate", scope: .templatesWrite, body: .whole(limit: bodyLimit)
            ) { try await AddTemplate.handle($0) },
            secured.route(.get, "/v1/templates/{name}", "getTemplate", scope: .templatesRead) { call in
                .json(try TemplateView.json(try await TemplateView.stored(call, version: try version(call.request))))
            },
            secured.route(.get, "/v1/templates/{name}/versions", "listTemplateVersions", scope: .templatesRead) {
                call in
                let page = try Page(call.request)
                let stored = try await TemplateView.stored(call)
                let found = try await call.parties.versions(
                    tenant: call.caller.tenant, name: stored.name, before: page.after, limit: page.limit + 1)
                return .json(
                    page.json(
                        try found.prefix(page.limit).map { try TemplateView.json($0) },
                        next: found.count > page.limit ? found[page.limit - 1].version : nil))
            },
            secured.route(
                .post, "/v1/templates/{name}/render", "renderTemplate", scope: .templatesRead,
                body: .whole(limit: bodyLimit)
            ) { try await RenderTemplate.handle($0) },
            secured.route(
                .post, "/v1/templates/{name}/approve", "approveTemplate", scope: .templatesApprove,
                body: .whole(limit: 1 << 10)
            ) { try await approve($0) },
            secured.route(.delete, "/v1/templates/{name}", "removeTemplate", scope: .templatesWrite) { call in
                let stored = try await TemplateView.stored(call)
                guard
                    try await call.parties.removeTemplate(
                        tenant: call.caller.tenant, name: stored.name, audit: call.audit)
                else { throw TemplateView.unknown }
                call.configurationChanged()
                return .nothing
            },
        ]
    }

    private static func version(_ request: HTTPRequest) throws(Problem) -> Int64? {
        guard let text = request.parameter("version") else { return nil }
        guard let version = Int64(text), (1...Int64(Int32.max)).contains(version) else {
            throw .invalid("version", "range", "version must be a whole number from 1 on.")
        }
        return version
    }

    /// A version that was looked at is approved, not whichever is the newest by now.
    private static func approve(_ call: APICall) async throws -> HTTPResponse {
        let version = try await call.fields { reader in
            _ = reader.required("version")
            return reader.integer("version", in: 1...Int64(Int32.max)) ?? 0
        }
        let stored = try await TemplateView.stored(call, version: version)
        guard
            let approved = try await call.parties.approve(
                tenant: call.caller.tenant, name: stored.name, version: version, by: call.caller.shownKey,
                audit: call.audit)
        else { throw TemplateView.unknown }
        call.configurationChanged()
        return .json(try TemplateView.json(approved))
    }
}
