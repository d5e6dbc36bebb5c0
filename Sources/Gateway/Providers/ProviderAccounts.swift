import Domain
import Senders
import Storage

/// The provider accounts as far as a tenant sees them: its own, and those that it may send through.
struct ProviderAccounts: Sendable {
    let store: ProviderStore
    /// Sees what the tenant may see, and no settings.
    private let seen: ProviderStore
    private let tenant: Int64

    init(_ call: APICall) {
        store = ProviderStore(database: call.database(for: .secrets), keys: call.keys)
        seen = ProviderStore(database: call.database, keys: call.keys)
        tenant = call.caller.tenant
    }

    func visible() async throws -> [ProviderAccount] {
        let ids = try await seen.ids()
        let grants = try await store.grants()
        return try await store.providers().filter {
            ids.contains($0.id) && ProviderAccess(owner: $0.tenant, grants: grants[$0.id] ?? []).permits(tenant)
        }
    }

    func visible(named name: String) async throws -> ProviderAccount {
        guard let account = try await visible().first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            throw Problem(.notFound, "There is no such provider.")
        }
        return account
    }

    /// What is shared, only those who run this installation may change.
    func own(named name: String) async throws -> ProviderAccount {
        let account = try await visible(named: name)
        guard account.tenant == tenant else {
            throw AccessRefusal(rule: "provider.shared", text: "the provider \(account.name) is not this tenant's own")
        }
        return account
    }

    /// Credentials, and all that could be one, stay where they are; of an account that is not the tenant's own all settings.
    func json(_ account: ProviderAccount, withSettings: Bool = false) -> JSON {
        var object: JSON = [
            "name": .string(account.name), "kind": .string(account.kind),
            "channels": .words((ProviderCatalogue.channels(of: account.kind) ?? []).map(\.rawValue)),
            "shared": .bool(account.tenant != tenant), "out_since": .time(account.outSince),
        ]
        if withSettings, account.tenant == tenant, var shown = object.objectValue {
            shown["settings"] = MaskedSettings.of(account.settings)
            object = .object(shown)
        }
        return object
    }

    /// Settings that reach into the machine that Herald runs on and into its network.
    static let reachesInside = ["internal", "ca_file"]

    /// What is wrong with the settings of an account to be made, as the adapter says it.
    static func check(kind: String, settings: JSONObject, _ reader: FieldReader) {
        guard ProviderCatalogue.kinds.contains(kind) else {
            reader.fault("kind", "choice", "kind must be one of \(ProviderCatalogue.kinds.joined(separator: ", ")).")
            return
        }
        for name in reachesInside where settings[name] != nil {
            reader.fault(below: "settings", name, "forbidden", "\(name) can be set at the command line only.")
            return
        }
        do {
            try ProviderCatalogue.checkNew(kind: kind, settings: JSON.object(settings).text)
        } catch let error as ConfigError {
            reader.fault(below: "settings", error.setting, "settings", error.description)
        } catch {
            reader.fault("settings", "settings", "These settings can't be read.")
        }
    }
}
