import Domain
import Foundation
import Senders
import Storage

extension ApplyPlan {
    private static let members: Set<String> = ["name", "kind", "tenant", "settings", "out"]

    mutating func planProviders(_ file: ConfigurationFile, _ arguments: Arguments, _ state: inout ApplyState) throws {
        let folder = URL(fileURLWithPath: file.path == "-" ? "." : file.path).deletingLastPathComponent()
        let secrets = SecretValues(
            environment: arguments.environment, folder: file.path == "-" ? URL(fileURLWithPath: ".") : folder)
        var seen: Set<String> = []
        for item in file.items(.providers) {
            try item.named {
                let account = try Self.account(item.object, secrets, state)
                guard seen.insert(account.name).inserted else {
                    throw CommandError.failed("the provider “\(account.name)” stands here twice.")
                }
                let isOut = try Self.flag("out", item.object)
                if let old = state.accounts[account.name] {
                    try change(old, to: account, isOut: isOut)
                } else {
                    state.planned.append(account)
                    create(account, tenantName: item.object["tenant"]?.stringValue, isOut: isOut ?? false)
                }
            }
        }
    }

    private static func flag(_ name: String, _ object: JSONObject) throws -> Bool? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let flag = value.boolValue else { throw CommandError.failed("“\(name)” must be true or false.") }
        return flag
    }

    private static func account(
        _ object: JSONObject, _ secrets: SecretValues, _ state: ApplyState
    ) throws -> ProviderAccount {
        if let unknown = object.keys.first(where: { !members.contains($0) }) {
            throw CommandError.failed("there is no “\(unknown)”; a provider has name, kind, tenant, settings, out.")
        }
        func text(_ name: String) throws -> String? {
            guard let value = object[name], !value.isNull else { return nil }
            guard let text = value.stringValue else { throw CommandError.failed("“\(name)” must be a text.") }
            return text
        }
        guard let name = try text("name") else { throw CommandError.failed("“name” is missing.") }
        guard let kindName = try text("kind") else { throw CommandError.failed("“kind” of “\(name)” is missing.") }
        let kind = try ProviderSettings.kind(kindName)
        let isBare = object["settings"].map(\.isNull) ?? true
        let given = isBare ? .object(JSONObject()) : object["settings"] ?? .null
        guard let settings = try secrets.resolve(given).objectValue else {
            throw CommandError.failed("“settings” of “\(name)” must have names and values.")
        }
        return ProviderAccount(
            // No account has a number below 0.
            id: -1 - Int64(state.planned.count), name: try Arguments.name(name), kind: kind,
            tenant: try text("tenant").map(state.tenant),
            settings: JSON.object(try ProviderSettings.checked(SettingsInput(typed: settings), kind: kind)).text)
    }

    private mutating func create(_ account: ProviderAccount, tenantName: String?, isOut: Bool) {
        let whose = tenantName.map { " of \($0)" } ?? ""
        add(.added, "provider \(account.name) (\(account.kind))\(whose)\(isOut ? ", out" : "")")
        step { installation in
            try await refusing("There is a provider “\(account.name)” by now. Run it again.") {
                try await installation.providers.addProvider(
                    name: account.name, kind: account.kind, tenant: account.tenant, settings: account.settings)
            }
            guard isOut else { return }
            _ = try await installation.providers.take(try await installation.provider(account.name).id, out: true)
        }
    }

    private mutating func change(_ old: ProviderAccount, to new: ProviderAccount, isOut: Bool?) throws {
        guard old.kind == new.kind, old.tenant == new.tenant else {
            throw CommandError.failed(
                "the kind and the tenant of “\(old.name)” can't change. Give the account another name, or remove it first."
            )
        }
        let settings = try ProviderDifference(old.settings, new.settings)
        if !settings.words.isEmpty {
            add(.changed, "provider \(old.name): \(settings.words.joined(separator: ", "))")
            step { installation in
                guard try await installation.providers.changeSettings(old.id, { _ in new.settings }) else {
                    throw CommandError.failed("“\(old.name)” was removed meanwhile. Run it again.")
                }
            }
        }
        // Who was taken out by hand stays out unless the file says otherwise.
        guard let isOut, isOut != (old.outSince != nil) else { return }
        add(.changed, "provider \(old.name): \(isOut ? "out" : "in")")
        step { _ = try await $0.providers.take(old.id, out: isOut) }
    }
}

/// What differs between two settings of an account, without anything that could be a credential.
struct ProviderDifference {
    let words: [String]

    init(_ old: String, _ new: String) throws {
        let (old, new) = (
            try JSON.parse(old).objectValue ?? JSONObject(), try JSON.parse(new).objectValue ?? JSONObject()
        )
        let (shownOld, shownNew) = (MaskedSettings.of(JSON.object(old).text), MaskedSettings.of(JSON.object(new).text))
        words = Set(old.keys).union(new.keys).sorted().compactMap { name in
            guard old[name] != new[name] else { return nil }
            let place = "settings.\(name)"
            guard old[name] != nil else { return "\(place) added" }
            guard new[name] != nil else { return "\(place) removed" }
            guard let from = shownOld[name], let to = shownNew[name], from != to, !MaskedSettings.isHidden(name) else {
                return "\(place) changed"
            }
            return "\(place) \(from.stringValue ?? from.text) -> \(to.stringValue ?? to.text)"
        }
    }
}
