import Domain
import Storage

/// `herald route …`: through which providers a channel goes, in the order of trial.
enum RouteCommands {
    static let commands: [Command] = [
        addition,
        Command("route list", "show all routes", example: "herald route list") { arguments, screen in
            let routes = try await routes(Installation.open(arguments))
            screen.table(
                ["ID", "CHANNEL", "TENANT", "PROVIDERS"],
                routes.map {
                    [String($0.id), $0.channel.rawValue, $0.tenant ?? "all", $0.providers.joined(separator: ", ")]
                }, rightAligned: [0])
            screen.json(.array(routes.map(\.json)))
            return .done
        },
        Command("route show", "show one route", operands: "ID", example: "herald route show 2") { arguments, screen in
            let number = try arguments.number()
            guard let route = try await routes(Installation.open(arguments)).first(where: { $0.id == number }) else {
                throw unknown(number)
            }
            screen.line("channel    \(route.channel.rawValue)")
            screen.line("tenant     \(route.tenant ?? "all that have no route of their own")")
            screen.line("providers  \(route.providers.joined(separator: ", then "))")
            screen.json(route.json)
            return .done
        },
        Command("route remove", "remove a route", operands: "ID", example: "herald route remove 2") {
            arguments, screen in
            let number = try arguments.number()
            guard try await Installation.open(arguments).providers.removeRoute(number) else { throw unknown(number) }
            screen.line("removed route \(number)")
            screen.json(["removed": .int(number)])
            return .done
        },
        Command(
            "route import", "set routes from a file; its columns are the options of `route add`", operands: "FILE",
            options: [.tenant], example: "herald route import routes.csv"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            return try await EntityImport(add: addition, operand: nil, what: "routes").run(arguments, screen) {
                _ = try await add($0, to: installation)
                return true
            }
        },
    ]

    private static let addition = Command(
        "route add", "set the route of a channel, for all tenants or for one; it replaces the one before",
        options: [
            .value("channel", "CHANNEL", "sms, email, push, whatsapp, voice, chat, inapp"),
            .value("providers", "A,B,…", "the first is tried first"),
            .value("tenant", "T", "only for this tenant"),
        ],
        example: "herald route add --channel sms --providers telco-a,telco-b"
    ) { arguments, screen in
        let (channel, providers) = try await add(arguments, to: Installation.open(arguments))
        screen.line("\(channel.rawValue) goes through \(providers.joined(separator: ", then "))")
        screen.json(["channel": .string(channel.rawValue), "providers": .array(providers.map { .string($0) })])
        return .done
    }

    private static func add(_ arguments: Arguments, to installation: Installation) async throws -> (Channel, [String]) {
        let channel = try Arguments.word(arguments.required("channel"), of: Channel.self, in: "--channel")
        let names = try arguments.required("providers").split(separator: ",", omittingEmptySubsequences: false)
            .map(\.trimmingBlanks)
        guard (1...16).contains(names.count), Set(names).count == names.count, !names.contains("") else {
            throw CommandError.usage("--providers takes 1 to 16 different names with commas between them.")
        }
        let tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments)
        let known = try await installation.providers.providers()
        var ids: [Int64] = []
        for name in names {
            guard let provider = known.first(where: { $0.name == name }) else {
                throw CommandError.failed("There is no provider “\(name)”. `herald provider list` shows them.")
            }
            guard provider.tenant == nil || provider.tenant == tenant?.id else {
                let whose = tenant.map { "“\($0.name)”" } ?? "a route for all"
                throw CommandError.failed(
                    "The provider “\(name)” belongs to another tenant: \(whose) can't go through it.")
            }
            ids.append(provider.id)
        }
        try await installation.providers.setRoute(tenant: tenant?.id, channel: channel, providers: ids)
        return (channel, names)
    }

    private struct Route {
        let id: Int64
        let channel: Channel
        let tenant: String?
        var providers: [String]

        var json: JSON {
            [
                "id": .int(id), "channel": .string(channel.rawValue), "tenant": tenant.map { .string($0) } ?? .null,
                "providers": .array(providers.map { .string($0) }),
            ]
        }
    }

    private static func routes(_ installation: Installation) async throws -> [Route] {
        var routes: [Route] = []
        for entry in try await installation.providers.routes() {
            if routes.last?.id == entry.route {
                routes[routes.count - 1].providers.append(entry.providerName)
            } else {
                routes.append(
                    Route(
                        id: entry.route, channel: entry.channel, tenant: entry.tenantName,
                        providers: [entry.providerName]))
            }
        }
        return routes
    }

    private static func unknown(_ number: Int64) -> CommandError {
        .failed("There is no route \(number). `herald route list` shows them.")
    }
}
