import Domain
import HTTPServer
import Senders
import Storage

/// `PATCH /v1/providers/{name}`: other settings, credentials and limits among them, and whether the account is in use.
/// Settings are merged (RFC 7396): what is not named stays, null removes.
enum ChangeProvider {
    private struct Wish: Sendable {
        var settings: JSONObject?
        var isEnabled: Bool?
    }

    static func run(_ call: APICall) async throws {
        let wish = try await call.fields { reader in
            let wish = Wish(settings: reader.object("settings"), isEnabled: reader.flag("enabled"))
            if wish.settings == nil, wish.isEnabled == nil {
                reader.fault("settings", "required", "Say what changes: settings, enabled or both.")
            }
            return wish
        }
        let accounts = ProviderAccounts(call)
        let account = try await accounts.own(named: call.path["name"] ?? "")
        var change = ProviderStore.Change()
        change.isOut = wish.isEnabled.map { !$0 }
        if let given = wish.settings {
            change.settings = { old in try merged(old, given, kind: account.kind) }
        }
        guard
            try await accounts.store.change(
                account.id, change, audit: call.audit, shown: { MaskedSettings.of($0) })
        else { throw Problem(.notFound, "There is no such provider.") }
        call.configurationChanged()
    }

    private static func merged(_ old: String, _ given: JSONObject, kind: String) throws -> String {
        let object = (try? JSON.parse(old))?.objectValue ?? JSONObject()
        // Who made it reach into the machine or its network decides where it leads.
        if ProviderAccounts.reachesInside.contains(where: { object[$0] != nil }) {
            throw AccessRefusal(
                rule: "provider.internal",
                text:
                    "this account was opened to the installation's own network; its settings change at the command line"
            )
        }
        let settings = merge(given, into: object)
        let faults = FieldReader.Faults()
        ProviderAccounts.check(
            kind: kind, settings: settings, FieldReader(["settings": .object(given)], faults: faults))
        try faults.throwIfAny()
        return JSON.object(settings).text
    }

    private static func merge(_ patch: JSONObject, into object: JSONObject) -> JSONObject {
        var merged = object
        for (name, value) in patch {
            if value.isNull {
                merged[name] = JSON?.none
            } else if let inner = value.objectValue {
                merged[name] = .object(merge(inner, into: merged[name]?.objectValue ?? JSONObject()))
            } else {
                merged[name] = value
            }
        }
        return merged
    }
}
