import Domain
import Storage

/// `herald alert rule …`: what counts as trouble.
enum AlertRuleCommands {
    static let commands: [Command] = [
        Command(
            "alert rule add", "say what is trouble; the most specific rule decides", operands: "NAME",
            options: [
                .value("tenant", "T", "for this tenant (default: for all)"),
                .value("source", "S", "for this source of the tenant's"),
                .value("measure", "M", "required: volume, cost, failure, delivery, latency"),
                .value("by", "WHAT", "required: tenant, source, country, prefix, provider"),
                .value("direction", "D", "rise or fall (default: what is bad)"),
                .value(
                    "threshold", "X",
                    "how many times the usual, such as 3; failure, delivery: by which part of all, such as 0.1"),
                .value("min-count", "N", "what rests on fewer messages is no trouble (default 100)"),
                .flag("pause-source", "refuse what the source sends from then on, until `herald source resume`"),
                .flag("including-critical", "with --pause-source: also one-time passwords and critical messages"),
                .flag("mute", "nobody is to be told of this"),
            ],
            example:
                "herald alert rule add pumping --tenant acme --measure volume --by country --threshold 4 --pause-source --including-critical",
            run: add),
        Command("alert rule list", "show the rules, those for all first", example: "herald alert rule list") {
            arguments, screen in
            let rules = try await Installation.open(arguments).alertRules.rules()
            screen.table(
                ["NAME", "FOR", "WHAT", "FROM", "MESSAGES", "DOES"], rules.map(cells), rightAligned: [4])
            screen.json(.array(rules.map(json)))
            return .done
        },
        Command(
            "alert rule remove", "end a rule; what it found is over with it", operands: "NAME",
            example: "herald alert rule remove pumping"
        ) { arguments, screen in
            let name = arguments.operands[0]
            let rules = try await Installation.open(arguments).alertRules
            let stored = try await rules.rules().first { $0.rule.name == name }
            guard try await rules.remove(name, audit: arguments.audit) else {
                throw CommandError.failed("There is no rule “\(name)”. `herald alert rule list` shows them.")
            }
            screen.line("removed \(name)")
            if let stored { screen.line("This brings it back: \(addition(of: stored))") }
            screen.json(["removed": .string(name)])
            return .done
        },
    ]

    private static func add(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let threshold = try threshold(arguments)
        let installation = try await Installation.open(arguments)
        guard let measure = try arguments.word("measure", of: AlertMeasure.self) else {
            throw CommandError.usage("--measure is missing: volume, cost, failure, delivery or latency.")
        }
        guard let dimension = try arguments.word("by", of: AlertDimension.self) else {
            throw CommandError.usage("--by is missing: tenant, source, country, prefix or provider.")
        }
        var rule = AlertRule(
            name: try Arguments.name(arguments.operands[0]), measure: measure, dimension: dimension,
            direction: try arguments.word("direction", of: AlertDirection.self),
            threshold: threshold ?? (measure.isShare ? 0.1 : 3),
            minCount: Int64(try arguments.integer("min-count", in: 1...1_000_000_000) ?? 100))
        if arguments.text("tenant") != nil { rule.tenant = try await installation.tenant(arguments).id }
        if let name = arguments.text("source") {
            let source = try await installation.source(name, arguments)
            (rule.tenant, rule.source) = (source.tenant, source.id)
        }
        rule.pausesSource = arguments.has("pause-source")
        rule.includesCritical = arguments.has("including-critical")
        rule.isMuted = arguments.has("mute")
        if let fault = rule.fault { throw CommandError.usage("There can be no such rule: \(fault).") }
        switch try await installation.alertRules.add(rule, audit: arguments.audit) {
        case .added: break
        case .nameTaken:
            throw CommandError.failed("There is a rule “\(rule.name)” already. `herald alert rule list` shows it.")
        case .sameAs(let name):
            throw CommandError.failed(
                "The rule “\(name)” says something of the same already. `herald alert rule remove \(name)` first.")
        }
        screen.line("added \(rule.name)")
        screen.json(["added": .string(rule.name)])
        return .done
    }

    private static func threshold(_ arguments: Arguments) throws -> Double? {
        guard let text = arguments.text("threshold") else { return nil }
        guard let threshold = Double(text), threshold >= 0.001, threshold <= 1_000_000 else {
            throw CommandError.usage(
                "--threshold takes a number from 0.001 to 1000000, such as 3 times the usual or 0.1 of all, not “\(text)”."
            )
        }
        return threshold
    }

    /// What makes the same rule again: those that Herald came with are no different.
    private static func addition(of stored: AlertRuleStore.Stored) -> String {
        let rule = stored.rule
        var words = ["herald alert rule add \(rule.name)"]
        if let name = stored.tenantName { words.append("--tenant \(name)") }
        if let name = stored.sourceName { words.append("--source \(name)") }
        words += [
            "--measure \(rule.measure.rawValue)", "--by \(rule.dimension.rawValue)",
            "--direction \(rule.direction.rawValue)",
            "--threshold \(rule.threshold == rule.threshold.rounded() ? String(Int64(rule.threshold)) : "\(rule.threshold)")",
            "--min-count \(rule.minCount)",
        ]
        if rule.pausesSource { words.append("--pause-source") }
        if rule.includesCritical { words.append("--including-critical") }
        if rule.isMuted { words.append("--mute") }
        return words.joined(separator: " ")
    }

    private static func cells(_ stored: AlertRuleStore.Stored) -> [String] {
        let rule = stored.rule
        let whose = stored.sourceName.map { "\($0) of \(stored.tenantName ?? "?")" } ?? stored.tenantName ?? "all"
        let off =
            rule.measure.isShare
            ? "\(plain(rule.threshold * 100)) points off"
            : rule.direction == .rise
                ? "\(plain(rule.threshold)) times the usual" : "1/\(plain(rule.threshold)) of the usual"
        let does =
            rule.isMuted
            ? "nothing"
            : rule.pausesSource ? "tells, pauses the source\(rule.includesCritical ? ", critical too" : "")" : "tells"
        return [
            rule.name, whose, "\(rule.measure.rawValue) by \(rule.dimension.rawValue), \(rule.direction.rawValue)", off,
            grouped(rule.minCount), does,
        ]
    }

    private static func plain(_ number: Double) -> String {
        number == number.rounded() ? grouped(Int64(number)) : "\(number)"
    }

    private static func json(_ stored: AlertRuleStore.Stored) -> JSON {
        let rule = stored.rule
        return [
            "name": .string(rule.name), "tenant": stored.tenantName.map { .string($0) } ?? .null,
            "source": stored.sourceName.map { .string($0) } ?? .null, "measure": .string(rule.measure.rawValue),
            "by": .string(rule.dimension.rawValue), "direction": .string(rule.direction.rawValue),
            "threshold": .double(rule.threshold), "min_count": .int(rule.minCount),
            "pause_source": .bool(rule.pausesSource), "including_critical": .bool(rule.includesCritical),
            "mute": .bool(rule.isMuted),
        ]
    }
}
