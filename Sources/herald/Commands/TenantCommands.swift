import Domain
import Storage

/// `herald tenant …`: the customers of this installation.
enum TenantCommands {
    static let commands: [Command] = [
        addition,
        Command(
            "tenant list", "show all tenants", example: "herald tenant list"
        ) { arguments, screen in
            let tenants = try await Installation.open(arguments).parties.tenants()
            screen.table(
                ["NAME", "TIER", "REGION", "TIME ZONE"],
                tenants.map { [$0.name, $0.tier.rawValue, $0.region.code, $0.timeZone] })
            screen.json(.array(tenants.map(json)))
            return .done
        },
        Command(
            "tenant show", "show one tenant", operands: "NAME", example: "herald tenant show acme"
        ) { arguments, screen in
            let tenant = try await Installation.open(arguments).tenant(arguments.operands[0])
            screen.line("name       \(tenant.name)")
            screen.line("tier       \(tenant.tier.rawValue)")
            screen.line(
                "region     \(tenant.region.code.isEmpty ? "none: numbers need their country code" : tenant.region.code)"
            )
            screen.line("time zone  \(tenant.timeZone)")
            screen.json(json(tenant))
            return .done
        },
        Command(
            "tenant remove", "take a tenant out of use; its ledger stays", operands: "NAME",
            example: "herald tenant remove acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let tenant = try await installation.tenant(arguments.operands[0])
            guard try await installation.parties.removeTenant(tenant.id) else {
                throw CommandError.failed(
                    "“\(tenant.name)” has campaigns that are not finished. `herald campaign list --tenant \(tenant.name)` shows them; cancel them first."
                )
            }
            screen.line("removed \(tenant.name)")
            screen.json(["removed": .string(tenant.name)])
            return .done
        },
        Command(
            "tenant approval", "send only templates that somebody has approved; --off: any", operands: "NAME",
            options: [.flag("off", "templates need no approval any more")], example: "herald tenant approval acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let tenant = try await installation.tenant(arguments.operands[0])
            let isRequired = !arguments.has("off")
            _ = try await installation.parties.requireApproval(of: tenant.id, isRequired, audit: arguments.audit)
            screen.line(
                isRequired
                    ? "templates of \(tenant.name) are sent once they are approved: `herald template approve`, or the API"
                    : "templates of \(tenant.name) need no approval")
            screen.json(["tenant": .string(tenant.name), "approval": .bool(isRequired)])
            return .done
        },
        Command(
            "tenant import", "add tenants from a file; its columns are the options of `tenant add`, and name",
            operands: "FILE", example: "herald tenant import tenants.csv"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            return try await EntityImport(add: addition, operand: "name", what: "tenants").run(arguments, screen) {
                _ = try await add($0, to: installation)
                return true
            }
        },
    ]

    private static let addition = Command(
        "tenant add", "add a tenant", operands: "NAME",
        options: [
            .value("tier", "TIER", "enterprise, paid (default) or free: its share of a busy machine"),
            .value("region", "CC", "country of numbers that are written without one, such as SG"),
            .value("time-zone", "ZONE", "such as Asia/Singapore (default UTC)"),
        ],
        example: "herald tenant add acme --region SG --time-zone Asia/Singapore"
    ) { arguments, screen in
        let tenant = try await add(arguments, to: Installation.open(arguments))
        screen.line("added \(tenant.name)")
        screen.json(json(tenant))
        return .done
    }

    private static func add(_ arguments: Arguments, to installation: Installation) async throws -> Tenant {
        let name = try Arguments.name(arguments.operands[0])
        let tier = try arguments.word("tier", of: Tenant.Tier.self) ?? .paid
        let region = try arguments.country("region") ?? .none
        let zone = try arguments.timeZone("time-zone") ?? "UTC"
        return try await refusing("There is a tenant “\(name)” already.") {
            try await installation.parties.addTenant(name: name, tier: tier, region: region, timeZone: zone)
        }
    }

    private static func json(_ tenant: Tenant) -> JSON {
        [
            "name": .string(tenant.name), "tier": .string(tenant.tier.rawValue), "region": .string(tenant.region.code),
            "time_zone": .string(tenant.timeZone),
        ]
    }
}
