import Domain
import Storage

/// `herald key …`: the keys by which source systems ask. A key itself is shown once, when it is made.
enum KeyCommands {
    static let commands: [Command] = [
        Command(
            "key add", "make a key for a source; it is shown this once", options: additionOptions,
            example: "herald key add --source checkout --scope send:otp,send:transactional"
        ) { arguments, screen in
            let scopes = try KeyInput.scopes(arguments)
            let installation = try await Installation.open(arguments)
            let source = try await installation.source(try arguments.required("source"), arguments)
            let token = APIKeyToken.make(isTest: arguments.has("test"))
            var draft = AccessStore.Draft(token: token, source: source, scopes: scopes)
            draft.expiresAt = try KeyInput.expiry(arguments, now: .now)
            draft.networks = try arguments.all("network").flatMap { try KeyInput.networks($0) }
            let key = try await installation.access.add(draft, audit: arguments.audit)
            show(token, of: key, screen)
            return .done
        },
        Command(
            "key list", "show the keys of all tenants, or of one", options: [.tenant],
            example: "herald key list --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments)
            let keys = try await installation.access.keys(tenant: tenant?.id)
            screen.table(
                ["KEY", "TENANT", "SOURCE", "STATE", "LAST USED", "EXPIRES", "SCOPES"],
                keys.map { key in
                    [
                        key.shown, key.tenantName, key.sourceName, KeyText.state(key, now: .now),
                        KeyText.time(key.lastUsedAt), KeyText.time(key.expiresAt),
                        key.scopes.joined(separator: ","),
                    ]
                })
            screen.json(.array(keys.map { KeyText.json($0, now: .now) }))
            return .done
        },
        Command(
            "key show", "show one key, without its secret", operands: "KEY",
            example: "herald key show hk_live_Xa31bQ92Lk"
        ) { arguments, screen in
            let key = try await Installation.open(arguments).key(arguments.operands[0])
            for line in KeyText.lines(key, now: .now) { screen.line(line) }
            screen.json(KeyText.json(key, now: .now))
            return .done
        },
        Command(
            "key revoke", "end a key at once, and the one before it", operands: "KEY",
            example: "herald key revoke hk_live_Xa31bQ92Lk"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let key = try await installation.key(arguments.operands[0])
            guard try await installation.access.revoke(key.publicID, audit: arguments.audit) else {
                throw CommandError.failed("\(key.shown) has ended already.")
            }
            screen.line("revoked \(key.shown) of \(key.sourceName)")
            screen.json(["revoked": .string(key.shown)])
            return .done
        },
        Command(
            "key rotate", "give a key a new secret; the old one holds a while longer", operands: "KEY",
            options: [
                .value("overlap", "TIME", "how long the old one holds, such as 2h (default 24h, 0s: not at all)")
            ],
            example: "herald key rotate hk_live_Xa31bQ92Lk --overlap 24h"
        ) { arguments, screen in
            let overlap = try arguments.text("overlap").map { try TimeText.duration($0) } ?? .seconds(86_400)
            guard overlap <= .seconds(30 * 86_400) else {
                throw CommandError.usage("--overlap is 30d at most: until then whoever has the old key can use it.")
            }
            let installation = try await Installation.open(arguments)
            let key = try await installation.key(arguments.operands[0])
            let token = APIKeyToken.make(isTest: key.isTest, id: key.publicID)
            guard try await installation.access.rotate(token, overlap: overlap, audit: arguments.audit),
                let rotated = try await installation.access.key(key.publicID)
            else {
                throw CommandError.failed("\(key.shown) has ended. `herald key add` makes another one.")
            }
            show(token, of: rotated, screen)
            return .done
        },
    ]

    private static let additionOptions: [Option] = [
        .value("source", "S", "the system that it is for"),
        .value("scope", "A,B,…", "what it may do, such as send:otp; docs/access.md has all"),
        .tenant,
        .value("expires", "TIME", "when it ends: 90d, or an instant (default: never)"),
        .value("network", "CIDR,…", "from where alone it may be used, such as 10.0.0.0/8", repeats: true),
        .flag("test", "everything is checked and nothing is sent"),
    ]

    /// The key alone on standard output, so that a script can take it from there.
    private static func show(_ token: APIKeyToken, of key: APIKey, _ screen: Screen) {
        let text = String(decoding: token.text, as: UTF8.self)
        screen.line(text)
        if !screen.isJSON {
            screen.note("This is the \(key.isTest ? "test key" : "key") of \(key.sourceName) (\(key.tenantName)).")
            if let until = key.formerUntil { screen.note("The one before it holds until \(until).") }
            screen.note("Keep it safe: it is not stored here and never shown again.")
        }
        var json = KeyText.json(key, now: .now).objectValue ?? JSONObject()
        json["secret_key"] = .string(text)
        screen.json(.object(json))
    }
}
