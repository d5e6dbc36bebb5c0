import Domain
import HTTPServer
import Storage

/// `/v1/providers`: through whom the tenant sends. Shared accounts are seen and not touched.
enum ProviderRoutes {
    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/providers", "listProviders", scope: .providersRead) { call in
                let page = try Page(call.request)
                let accounts = ProviderAccounts(call)
                let found = try await accounts.visible().filter { $0.id > page.after ?? 0 }.sorted { $0.id < $1.id }
                return .json(
                    page.json(
                        found.prefix(page.limit).map { accounts.json($0) },
                        next: found.count > page.limit ? found[page.limit - 1].id : nil))
            },
            secured.route(
                .post, "/v1/providers", "addProvider", scope: .providersWrite, body: .whole(limit: 1 << 18)
            ) { try await add($0) },
            secured.route(.get, "/v1/providers/{name}", "getProvider", scope: .providersRead) { call in
                let accounts = ProviderAccounts(call)
                let account = try await accounts.visible(named: call.path["name"] ?? "")
                return .json(accounts.json(account, withSettings: true))
            },
            secured.route(
                .patch, "/v1/providers/{name}", "changeProvider", scope: .providersWrite, body: .whole(limit: 1 << 18)
            ) { call in
                try await ChangeProvider.run(call)
                let accounts = ProviderAccounts(call)
                let account = try await accounts.visible(named: call.path["name"] ?? "")
                return .json(accounts.json(account, withSettings: true))
            },
            secured.route(.delete, "/v1/providers/{name}", "removeProvider", scope: .providersWrite) { call in
                let accounts = ProviderAccounts(call)
                let account = try await accounts.own(named: call.path["name"] ?? "")
                guard try await accounts.store.removeProvider(account.id, audit: call.audit) else {
                    throw Problem(.wrongState, "A route goes through “\(account.name)”. Remove or change it first.")
                }
                call.configurationChanged()
                return .nothing
            },
            secured.route(.post, "/v1/providers/{name}/out", "takeProviderOut", scope: .providersWrite) {
                try await take($0, out: true)
            },
            secured.route(.post, "/v1/providers/{name}/in", "takeProviderIn", scope: .providersWrite) {
                try await take($0, out: false)
            },
        ]
    }

    private static func add(_ call: APICall) async throws -> HTTPResponse {
        let (name, kind, settings) = try await call.fields { reader in
            let name = reader.name() ?? ""
            let kind = reader.required("kind").flatMap { _ in reader.text("kind") } ?? ""
            let settings = reader.object("settings") ?? JSONObject()
            if !kind.isEmpty { ProviderAccounts.check(kind: kind, settings: settings, reader) }
            return (name, kind, settings)
        }
        let accounts = ProviderAccounts(call)
        do {
            try await accounts.store.addProvider(
                name: name, kind: kind, tenant: call.caller.tenant, settings: JSON.object(settings).text,
                audit: call.audit)
        } catch StorageError.constraint {
            throw Problem(.wrongState, "The name “\(name)” is taken. Choose another one.")
        }
        call.configurationChanged()
        return .created(accounts.json(try await accounts.visible(named: name)), at: "/v1/providers/\(name)")
    }

    private static func take(_ call: APICall, out isOut: Bool) async throws -> HTTPResponse {
        let accounts = ProviderAccounts(call)
        let account = try await accounts.own(named: call.path["name"] ?? "")
        _ = try await accounts.store.take(account.id, out: isOut, audit: call.audit)
        call.configurationChanged()
        return .json(accounts.json(try await accounts.visible(named: account.name)))
    }
}
