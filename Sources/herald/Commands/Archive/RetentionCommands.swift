import Domain
import Foundation
import Jobs
import Storage

/// `herald retention …`: how long things are kept. For the installation, not for a tenant: a slice of the ledger, and a day of
/// calls, holds the rows of all tenants and goes as a whole.
enum RetentionCommands {
    static let commands: [Command] = [
        Command(
            "retention show", "show how long everything is kept, and who says so", example: "herald retention show",
            run: show),
        Command(
            "retention set", "set how long things are kept, in days, for all tenants; `default` takes a setting back",
            options: Retention.rules.map { .value($0.name, "DAYS", $0.meaning) },
            example: "herald retention set --ledger 400d --calls 14d", run: set),
    ]

    private static func show(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let set = try await RetentionStore(database: Installation.open(arguments).database).all()
        let usual = Retention()
        let told = Retention(environment: arguments.environment)
        var rows: [[String]] = []
        var json: [JSON] = []
        for rule in Retention.rules {
            let days = set[rule.name] ?? rule.value(told)
            let who =
                set[rule.name] != nil
                ? "set" : rule.value(told) != rule.value(usual) ? rule.environment ?? "" : "default"
            rows.append([rule.name, days.map { "\($0) days" } ?? "for ever", who, rule.meaning])
            json.append([
                "what": .string(rule.name), "days": days.map { .int(Int64($0)) } ?? .null, "by": .string(who),
            ])
        }
        rows += Retention.fixed.map { [$0.name, $0.kept, "always", $0.meaning] }
        screen.table(["WHAT", "KEPT", "BY", "MEANING"], rows)
        screen.json(.array(json))
        return .done
    }

    private static func set(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        var changes: [String: Int?] = [:]
        for rule in Retention.rules {
            guard let text = arguments.text(rule.name) else { continue }
            changes.updateValue(try days(text, rule), forKey: rule.name)
        }
        guard !changes.isEmpty else {
            throw CommandError.usage("What is to be kept, and how long? `herald retention set --help` lists it.")
        }
        try await RetentionStore(database: Installation.open(arguments).database).set(changes, by: arguments.audit)
        for (name, days) in changes.sorted(by: { $0.key < $1.key }) {
            screen.line("\(name): \(days.map { "\($0) days" } ?? "as by default")")
        }
        if changes["ledger"] != nil {
            screen.line("The ledger is archived by `herald archive run`, which crontab.example has a line for.")
        }
        screen.json(.object(JSONObject(changes)))
        return .done
    }

    private static func days(_ text: String, _ rule: Retention.Rule) throws -> Int? {
        if text == "default" { return nil }
        let number = text.hasSuffix("d") ? text.dropLast() : text[...]
        guard let days = Int(number), rule.days.contains(days) else {
            throw CommandError.usage(
                "--\(rule.name) takes days such as 90d, from \(rule.days.lowerBound) to \(rule.days.upperBound), or default."
            )
        }
        return days
    }
}

extension JSONObject {
    fileprivate init(_ changes: [String: Int?]) {
        self.init()
        for (name, days) in changes { self[name] = days.map { .int(Int64($0)) } ?? .null }
    }
}
