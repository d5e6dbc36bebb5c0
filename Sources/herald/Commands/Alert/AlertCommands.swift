import Domain
import Jobs
import Storage

/// `herald alert …`: where rates are out of the ordinary.
enum AlertCommands {
    static let commands: [Command] = [
        Command(
            "alert list", "show what is out of the ordinary, the newest last",
            options: [
                .tenant, .flag("all", "also those that are over"),
                .value("limit", "N", "at most so many (default 50)"),
            ],
            example: "herald alert list --all", run: list),
        Command("alert show", "show one alert", operands: "ID", example: "herald alert show 7") { arguments, screen in
            let installation = try await Installation.open(arguments)
            let alert = try await alert(arguments, installation)
            let parts = try await installation.alerts.parts(of: alert.id)
            for line in AlertLines.lines(alert) { screen.line(line) }
            for part in parts { screen.line("with it       \(AlertText.sentence(part)) (alert \(part.id))") }
            var json = alert.json.objectValue ?? JSONObject()
            json["parts"] = .array(parts.map(\.json))
            screen.json(.object(json))
            return .done
        },
        Command(
            "alert acknowledge", "say that you look after an alert", operands: "ID",
            example: "herald alert acknowledge 7"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let alert = try await alert(arguments, installation)
            guard try await installation.alerts.acknowledge(alert.id, audit: arguments.audit) else {
                throw CommandError.failed("\(alert.acknowledgedBy) looks after alert \(alert.id) already.")
            }
            screen.line("you look after alert \(alert.id)")
            screen.json(["id": .int(alert.id), "acknowledged_by": .string(arguments.audit.actor)])
            return .done
        },
    ]

    private static func list(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments)
        let limit = try arguments.integer("limit", in: 1...1000) ?? 50
        let alerts = try await installation.alerts.alerts(
            tenant: tenant?.id, isOpen: arguments.has("all") ? nil : true, limit: limit)
        let standing = try await installation.alerts.standing()
        if alerts.isEmpty {
            screen.line(arguments.has("all") ? "There were no alerts." : "Nothing is out of the ordinary.")
        } else {
            screen.table(
                ["ALERT", "STATE", "FOR", "OPENED", "RULE", "WHAT"],
                alerts.reversed().map { AlertLines.cells($0, now: .now) })
        }
        screen.line(watchLine(standing))
        screen.json([
            "alerts": .array(alerts.map(\.json)),
            "watch": [
                "looked_at": standing.lookedAt.map { .string($0.description) } ?? .null,
                "judged": .int(standing.judged), "too_little_history": .int(standing.silent),
                "note": .string(standing.note),
            ],
        ])
        return .done
    }

    /// What is judged and what isn't yet.
    static func watchLine(_ standing: AlertStore.Standing, now: Timestamp = .now) -> String {
        guard let at = standing.lookedAt else { return "Nobody has looked yet: `herald up` or `herald work` does." }
        var line =
            "Last look \(TimeText.short(max(0, (now - at).seconds))) ago: \(grouped(standing.judged)) rates compared"
        if standing.silent > 0 {
            line += ", \(grouped(standing.silent)) not yet (they need \(SeriesVerdict.leastWeeks) weeks of history)"
        }
        if !standing.note.isEmpty { line += ". It failed: \(standing.note)" }
        return line + "."
    }

    private static func alert(_ arguments: Arguments, _ installation: Installation) async throws -> StoredAlert {
        guard let id = Int64(arguments.operands[0]), let alert = try await installation.alerts.alert(id) else {
            throw CommandError.failed(
                "There is no alert “\(arguments.operands[0])”. `herald alert list --all` shows them.")
        }
        return alert
    }
}

extension Installation {
    var alerts: AlertStore { AlertStore(database: database) }
    var alertRules: AlertRuleStore { AlertRuleStore(database: database) }
}
