import Domain
import Storage

/// `herald route …`: through which providers messages go.
enum RouteCommands {
    static let commands: [Command] = [
        addition, list, show, removal,
        Command(
            "route enable", "route by a rule again", operands: "ID", example: "herald route enable 2"
        ) { try await turn($0, $1, on: true) },
        Command(
            "route disable", "keep a rule, but don't route by it", operands: "ID", example: "herald route disable 2"
        ) { try await turn($0, $1, on: false) },
        RouteImport.command(addition),
        RouteExplainCommand.command,
    ]

    private static let addition = Command(
        "route add",
        "say where messages go; the same conditions and order again replace the rule that was there",
        options: RouteInput.options,
        example: "herald route add --channel sms --prefix +65123 --providers telco-a,telco-b --order 50"
    ) { arguments, screen in
        let installation = try await Installation.open(arguments)
        let rule = try RouteInput.rule(arguments, try await RouteNames(installation))
        let stored = try await installation.routes.store([rule])[0]
        guard let route = try await installation.routes.rules().first(where: { $0.rule.id == stored.rule }) else {
            throw unknown(stored.rule)
        }
        let text = RouteText(route)
        screen.line("route \(stored.rule): \(text.subject) goes through \(text.providers)")
        if let alternates = text.alternates { screen.line("then \(alternates)") }
        screen.json(text.json)
        return .done
    }

    private static let list = Command("route list", "show all rules", example: "herald route list") {
        arguments, screen in
        let installation = try await Installation.open(arguments)
        let counts = try await installation.routes.prefixCounts()
        let routes = try await installation.routes.rulesWithoutPrefixes().map {
            RouteText($0, prefixCount: counts[$0.rule.id] ?? 0)
        }.sorted { ($0.route.rule.order, $0.route.rule.id) < ($1.route.rule.order, $1.route.rule.id) }
        screen.table(
            ["ID", "ORDER", "CHANNEL", "TENANT", "FOR", "PROVIDERS"],
            routes.map { text in
                let rule = text.route.rule
                return [
                    String(rule.id), String(rule.order), rule.channel?.rawValue ?? "all",
                    text.route.tenantName ?? "all", text.conditions.isEmpty ? "everything" : text.conditions,
                    rule.isEnabled ? text.providers : "(off) " + text.providers,
                ]
            }, rightAligned: [0, 1])
        screen.json(.array(routes.map(\.json)))
        return .done
    }

    private static let show = Command(
        "route show", "show one rule with its prefixes", operands: "ID", example: "herald route show 2"
    ) { arguments, screen in
        let number = try arguments.number()
        let routes = try await Installation.open(arguments).routes.rules()
        guard let route = routes.first(where: { $0.rule.id == number }) else { throw unknown(number) }
        let text = RouteText(route)
        screen.line("order      \(route.rule.order)")
        screen.line("channel    \(route.rule.channel?.rawValue ?? "all")")
        screen.line("tenant     \(route.tenantName ?? "all")")
        screen.line("for        \(text.conditions.isEmpty ? "everything" : text.conditions)")
        screen.line("providers  \(text.providers)")
        if !route.rule.from.isEmpty { screen.line("from       \(route.rule.from)") }
        if let alternates = text.alternates { screen.line("then       \(alternates)") }
        if !route.rule.isEnabled { screen.line("off        `herald route enable \(number)` turns it on") }
        guard case .object(var shown) = text.json else { return .done }
        shown["prefixes"] = RouteText.list((route.rule.prefixes ?? []).map(\.digits))
        screen.json(.object(shown))
        return .done
    }

    private static let removal = Command(
        "route remove", "remove a rule, or one prefix of it", operands: "ID",
        options: [.value("prefix", "DIGITS", "only this prefix")], example: "herald route remove 2"
    ) { arguments, screen in
        let number = try arguments.number()
        let routes = try await Installation.open(arguments).routes
        if let digits = try arguments.prefix("prefix"), let prefix = NumberPrefix(digits) {
            guard try await routes.remove(prefix: prefix, from: number) else {
                throw CommandError.failed(
                    "Route \(number) has no prefix +\(digits). `herald route show \(number) --json` shows those it has."
                )
            }
            screen.line("removed +\(digits) from route \(number)")
        } else {
            guard try await routes.remove(number) else { throw unknown(number) }
            screen.line("removed route \(number)")
        }
        screen.json(["removed": .int(number)])
        return .done
    }

    private static func turn(_ arguments: Arguments, _ screen: Screen, on: Bool) async throws -> ExitCode {
        let number = try arguments.number()
        guard try await Installation.open(arguments).routes.enable(number, on) else { throw unknown(number) }
        screen.line("route \(number) is \(on ? "on" : "off")")
        screen.json(["id": .int(number), "enabled": .bool(on)])
        return .done
    }

    private static func unknown(_ number: Int64) -> CommandError {
        .failed("There is no route \(number). `herald route list` shows them.")
    }
}
