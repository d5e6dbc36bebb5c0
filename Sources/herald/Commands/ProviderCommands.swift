import Domain
import Senders
import Storage

/// `herald provider …`: accounts with those who deliver.
enum ProviderCommands {
    static let commands: [Command] = [
        addition,
        Command("provider list", "show all providers", example: "herald provider list") { arguments, screen in
            let installation = try await Installation.open(arguments)
            let accounts = try await installation.providers.providers()
            let tenants = try await tenantNames(installation)
            screen.table(
                ["NAME", "KIND", "TENANT"],
                accounts.map { [$0.name, $0.kind, $0.tenant.map { tenants[$0] ?? "" } ?? "all"] })
            screen.json(.array(accounts.map { json($0, tenants) }))
            return .done
        },
        Command(
            "provider show", "show one provider; what could be a credential is masked", operands: "NAME",
            example: "herald provider show telco"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let account = try await installation.provider(arguments.operands[0])
            let tenants = try await tenantNames(installation)
            let settings = MaskedSettings.of(account.settings)
            screen.line("name      \(account.name)")
            screen.line("kind      \(account.kind)")
            screen.line("tenant    \(account.tenant.map { tenants[$0] ?? "" } ?? "all")")
            if let since = account.outSince { screen.line("out       since \(since)") }
            screen.line("settings  \(settings.text)")
            guard case .object(var shown) = json(account, tenants) else { return .done }
            shown["settings"] = settings
            shown["out_since"] = account.outSince.map { .string($0.description) } ?? .null
            screen.json(.object(shown))
            return .done
        },
        change,
        Command(
            "provider remove", "take a provider out of use; its prices and what it sent stay", operands: "NAME",
            example: "herald provider remove telco"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let account = try await installation.provider(arguments.operands[0])
            guard try await installation.providers.removeProvider(account.id) else {
                throw CommandError.failed(
                    "A route goes through “\(account.name)”. `herald route list` shows it; change or remove it first.")
            }
            screen.line("removed \(account.name)")
            screen.json(["removed": .string(account.name)])
            return .done
        },
        Command(
            "provider import", "add providers from a file of CSV or JSON with name, kind, tenant and settings (JSON)",
            operands: "FILE", options: [.tenant], example: "herald provider import providers.ndjson"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            return try await EntityImport(add: importLine, operand: "name", what: "providers").run(arguments, screen) {
                _ = try await add($0, to: installation)
                return true
            }
        },
    ]

    private static let addition = Command(
        "provider add", "add an account with a provider", operands: "NAME",
        options: [
            .value(
                "kind", "KIND",
                "\(ProviderCatalogue.kinds.joined(separator: ", ")); `herald provider kinds` tells more"),
            .value("tenant", "T", "only this tenant may use it"),
            .value(
                "setting", "KEY=VALUE", "such as url=https://… or headers.Authorization=…; may be repeated",
                repeats: true),
            .value(
                "file", "FILE",
                "the settings as a JSON object; keeps credentials off the command line; - for standard input"),
        ],
        example: "herald provider add telco --kind http --file telco.json"
    ) { arguments, screen in
        let name = try await add(arguments, to: Installation.open(arguments))
        screen.line("added \(name)")
        screen.json(["name": .string(name)])
        return .done
    }

    private static let change = Command(
        "provider set", "change settings of an account, such as its credentials; the others stay", operands: "NAME",
        options: [
            .value(
                "setting", "KEY=VALUE", "as with `provider add`; without a value the setting is removed", repeats: true),
            .value(
                "file", "FILE", "settings as a JSON object, null for those to remove; - for standard input"),
        ],
        example: "herald provider set telco --file new-password.json"
    ) { arguments, screen in
        let installation = try await Installation.open(arguments)
        let account = try await installation.provider(arguments.operands[0])
        let (file, pairs) = (arguments.text("file"), arguments.all("setting"))
        guard file != nil || !pairs.isEmpty else {
            throw CommandError.usage("Say what changes: --setting KEY=VALUE or --file FILE.")
        }
        let given = try ProviderSettings.read(file: file, pairs: []).object
        let isThere = try await installation.providers.changeSettings(account.id) { old in
            var input = SettingsInput((try? JSON.parse(old))?.objectValue ?? JSONObject())
            input.merge(given)
            for pair in pairs { try input.set(pair) }
            return JSON.object(try ProviderSettings.checked(input, kind: account.kind)).text
        }
        guard isThere else { throw CommandError.failed("“\(account.name)” was removed meanwhile.") }
        screen.line("changed \(account.name)")
        screen.json(["changed": .string(account.name)])
        return .done
    }

    /// What a line of an import file may hold: the settings stand in the file itself.
    private static let importLine = Command(
        addition.name, addition.summary, operands: addition.operands,
        options: [.value("kind", "KIND", ""), .tenant, .value("settings", "JSON", "")], example: addition.example,
        run: addition.run)

    private static func add(_ arguments: Arguments, to installation: Installation) async throws -> String {
        let name = try Arguments.name(arguments.operands[0])
        let kind = try ProviderSettings.kind(arguments.required("kind"))
        let tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments)
        let input = try ProviderSettings.read(
            file: arguments.text("file"), inline: arguments.text("settings"), pairs: arguments.all("setting"))
        let settings = try ProviderSettings.checked(input, kind: kind)
        try await refusing("There is a provider “\(name)” already.") {
            try await installation.providers.addProvider(
                name: name, kind: kind, tenant: tenant?.id, settings: JSON.object(settings).text)
        }
        return name
    }

    private static func tenantNames(_ installation: Installation) async throws -> [Int64: String] {
        Dictionary(uniqueKeysWithValues: try await installation.parties.tenants().map { ($0.id, $0.name) })
    }

    private static func json(_ account: ProviderAccount, _ tenants: [Int64: String]) -> JSON {
        [
            "name": .string(account.name), "kind": .string(account.kind),
            "tenant": account.tenant.flatMap { tenants[$0] }.map { .string($0) } ?? .null,
        ]
    }
}
