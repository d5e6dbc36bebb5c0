import Domain
import Storage

/// `herald provider grant` and `revoke`: which tenants may send through an account beside its owner.
enum ProviderGrantCommands {
    static let commands: [Command] = [
        Command(
            "provider grant", "let one more tenant send through an account", operands: "NAME", options: [.tenant],
            example: "herald provider grant telco --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let account = try await installation.provider(arguments.operands[0])
            let tenant = try await installation.tenant(arguments)
            guard account.tenant != tenant.id else {
                throw CommandError.failed("“\(account.name)” belongs to “\(tenant.name)” already.")
            }
            let wasOpen = try await installation.providers.grants()[account.id] == nil && account.tenant == nil
            let isNew = try await installation.providers.grant(provider: account.id, tenant: tenant.id)
            screen.line(isNew ? "“\(tenant.name)” may send through \(account.name)" : "it was granted before")
            if isNew, wasOpen {
                screen.note(
                    "Until now every tenant could send through “\(account.name)”; from now on only those it is granted to."
                )
            }
            screen.json(["provider": .string(account.name), "tenant": .string(tenant.name), "granted": .bool(isNew)])
            return .done
        },
        Command(
            "provider revoke", "take a grant back", operands: "NAME",
            options: [.tenant, .flag("open", "even if it is the last grant and every tenant may send then")],
            example: "herald provider revoke telco --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let account = try await installation.provider(arguments.operands[0])
            let tenant = try await installation.tenant(arguments)
            switch try await installation.providers.revoke(
                provider: account.id, tenant: tenant.id, mayOpen: arguments.has("open"))
            {
            case .done: break
            case .unknown:
                throw CommandError.failed("“\(account.name)” is not granted to “\(tenant.name)”.")
            case .wouldOpen:
                throw CommandError.failed(
                    "This is the last grant of “\(account.name)”, which belongs to nobody: without it every tenant could send through it. Nothing was changed. `--open` does it all the same; `herald provider remove \(account.name)` takes it out of use."
                )
            }
            screen.line("“\(tenant.name)” may no longer send through \(account.name)")
            screen.json(["provider": .string(account.name), "tenant": .string(tenant.name), "revoked": .bool(true)])
            return .done
        },
    ]
}
