import Domain
import Storage

/// `herald source …`: the systems of a tenant that send.
enum SourceCommands {
    static let commands: [Command] = [
        addition,
        Command(
            "source list", "show the sources of all tenants, or of one", options: [.tenant],
            example: "herald source list --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments)
            let sources = try await installation.parties.sources(tenant: tenant?.id)
            screen.table(
                ["TENANT", "NAME", "COST CENTRE", "STATE"],
                sources.map { [$0.tenantName, $0.name, $0.costCentre, $0.pause == nil ? "" : "paused"] })
            screen.json(.array(sources.map(json)))
            return .done
        },
        Command(
            "source show", "show one source", operands: "NAME", options: [.tenant],
            example: "herald source show shop --tenant acme"
        ) { arguments, screen in
            let source = try await Installation.open(arguments).source(arguments.operands[0], arguments)
            screen.line("tenant  \(source.tenantName)")
            screen.line("name    \(source.name)")
            if !source.costCentre.isEmpty { screen.line("cost centre  \(source.costCentre)") }
            if let pause = source.pause {
                screen.line(
                    "paused  since \(pause.since) by \(pause.by)\(pause.includesCritical ? ", critical messages too" : "")"
                )
            }
            screen.json(json(source))
            return .done
        },
        Command(
            "source set", "say whom finance charges what a source sends", operands: "NAME",
            options: [.tenant, costCentre], example: "herald source set shop --tenant acme --cost-centre 4711"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let source = try await find(arguments, in: installation)
            _ = try arguments.required("cost-centre")
            let name = try costCentre(arguments)
            try await installation.parties.setCostCentre(name, ofSource: source.id)
            screen.line("\(source.name) now belongs to \(name.isEmpty ? "no cost centre" : "cost centre \(name)")")
            screen.json(["name": .string(source.name), "cost_centre": .string(name)])
            return .done
        },
        Command(
            "source remove", "take a source out of use; what it sent stays in the ledger", operands: "NAME",
            options: [.tenant], example: "herald source remove shop --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let source = try await find(arguments, in: installation)
            _ = try await installation.parties.removeSource(source.id)
            screen.line("removed \(source.name)")
            screen.json(["removed": .string(source.name)])
            return .done
        },
        Command(
            "source import", "add sources from a file with the columns name and tenant", operands: "FILE",
            options: [.tenant], example: "herald source import sources.csv --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            return try await EntityImport(add: addition, operand: "name", what: "sources").run(arguments, screen) {
                _ = try await add($0, to: installation)
                return true
            }
        },
    ]

    private static let addition = Command(
        "source add", "add a source system to a tenant", operands: "NAME", options: [.tenant, costCentre],
        example: "herald source add shop --tenant acme"
    ) { arguments, screen in
        let (name, tenant) = try await add(arguments, to: Installation.open(arguments))
        screen.line("added \(name) to \(tenant)")
        screen.json(["tenant": .string(tenant), "name": .string(name)])
        return .done
    }

    private static func add(_ arguments: Arguments, to installation: Installation) async throws -> (String, String) {
        let name = try Arguments.name(arguments.operands[0])
        let tenant = try await installation.tenant(arguments)
        try await refusing("“\(tenant.name)” has a source “\(name)” already.") {
            try await installation.parties.addSource(
                tenant: tenant.id, name: name, costCentre: try costCentre(arguments))
        }
        return (name, tenant.name)
    }

    private static let costCentre = Option.value("cost-centre", "NAME", "whom reports charge what it sends to")

    private static func costCentre(_ arguments: Arguments) throws -> String {
        let name = arguments.text("cost-centre") ?? ""
        guard name.unicodeScalars.count <= 64, name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else { throw CommandError.usage("--cost-centre takes a name of up to 64 characters.") }
        return name
    }

    private static func find(_ arguments: Arguments, in installation: Installation) async throws -> Source {
        let tenant = try await installation.tenant(arguments)
        let name = arguments.operands[0]
        guard let source = try await installation.parties.sources(tenant: tenant.id).first(where: { $0.name == name })
        else {
            throw CommandError.failed(
                "“\(tenant.name)” has no source “\(name)”. `herald source list --tenant \(tenant.name)` shows them.")
        }
        return source
    }

    private static func json(_ source: Source) -> JSON {
        [
            "tenant": .string(source.tenantName), "name": .string(source.name),
            "cost_centre": .string(source.costCentre),
            "paused": source.pause.map { .string($0.by) } ?? .null,
        ]
    }
}
