import Domain
import HTTPServer
import Storage

/// `/v1/sources/{name}/pause` and `/resume`: a source that sends nothing new for a while.
enum SourcePauseRoutes {
    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(
                .post, "/v1/sources/{name}/pause", "pauseSource", scope: .sourcesWrite, body: .whole(limit: 1 << 12)
            ) { call in
                let source = try await SourceRoutes.source(named: call.path["name"] ?? "", call)
                let includesCritical = try await call.optionalFields { $0.flag("includes_critical") ?? false }
                _ = try await sources(call).pauseSource(
                    source.id, includesCritical: includesCritical, now: call.now, audit: call.audit)
                return try await shown(source, call)
            },
            secured.route(.post, "/v1/sources/{name}/resume", "resumeSource", scope: .sourcesWrite) { call in
                let source = try await SourceRoutes.source(named: call.path["name"] ?? "", call)
                // Whoever has got hold of its key must not free it with it.
                guard source.id != call.caller.source else {
                    throw Problem(
                        .wrongState, "A source does not resume itself. Use another source's key, or the command line.")
                }
                guard try await sources(call).resumeSource(source.id, audit: call.audit) else {
                    throw Problem(.wrongState, "The source is not paused.")
                }
                return try await shown(source, call)
            },
        ]
    }

    private static func sources(_ call: APICall) -> PartyStore {
        PartyStore(database: call.database(for: .pauses), keys: call.keys)
    }

    private static func shown(_ source: Source, _ call: APICall) async throws -> HTTPResponse {
        call.configurationChanged()
        let limits = try await SourceRuleStore(database: call.database).limits()[source.id]
        return .json(SourceView.json(try await SourceRoutes.source(named: source.name, call), limits: limits))
    }
}
