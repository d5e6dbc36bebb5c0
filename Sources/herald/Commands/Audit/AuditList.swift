import Domain
import Storage

/// `herald audit list`: the entries, the newest first.
enum AuditList {
    static let command = Command(
        "audit list", "show who changed what, the newest first",
        options: [
            .value("tenant", "T", "what concerns this tenant"),
            .value("actor", "WHO", "a key by its public name, or a user of the machine"),
            .value("action", "ACTION", "such as key.add; with a group's name, key, all of it"),
            .value("subject", "NAME", "what was changed, by its name or number"),
            .value("from", "TIME", "from this day or instant on"),
            .value("to", "TIME", "up to this day, included, or before this instant"),
            .value("limit", "N", "how many at most (default 50)"),
            .value("before", "ID", "go on behind an earlier page"),
        ],
        example: "herald audit list --action provider --from 2026-03-01"
    ) { arguments, screen in
        let installation = try await Installation.open(arguments)
        let tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments)
        var wanted = AuditStore.Filter(tenant: tenant?.id)
        wanted.actor = arguments.text("actor")
        wanted.action = arguments.text("action").map { $0.contains(".") ? $0 : $0 + "." }
        wanted.subject = arguments.text("subject")
        let zone = tenant?.timeZone ?? "UTC"
        (wanted.from, wanted.to) = try arguments.period(zone: zone)
        let limit = try arguments.integer("limit", in: 1...100_000) ?? 50
        let before = try arguments.integer("before", in: 1...Int.max).map { Int64($0) }
        let found = try await installation.audit.entries(wanted, before: before, limit: limit)
        let tenants = try await installation.parties.tenants()
        let names = Dictionary(uniqueKeysWithValues: tenants.map { ($0.id, $0.name) })
        screen.table(
            ["ID", "AT", "WHO", "FROM", "TENANT", "ACTION", "SUBJECT", "BEFORE", "AFTER"],
            found.map { entry in
                [
                    String(entry.id), entry.at.description, entry.actor, entry.origin,
                    entry.tenant.map { names[$0] ?? String($0) } ?? "", entry.action, entry.subject,
                    entry.before ?? "", entry.after ?? "",
                ]
            }, rightAligned: [0])
        if found.isEmpty, let action = wanted.action {
            try await note(action, installation.audit, screen)
        }
        if found.count == limit, let last = found.last { screen.note("There may be more: --before \(last.id)") }
        let items = try found.map { try json($0, names) }
        screen.json(.array(items))
        return .done
    }

    /// A word that was misspelt looks like a log without such entries.
    private static func note(_ action: String, _ audit: AuditStore, _ screen: Screen) async throws {
        let known = try await audit.actions()
        let isKnown = known.contains { $0 == action || (action.hasSuffix(".") && $0.hasPrefix(action)) }
        guard !isKnown, !known.isEmpty else { return }
        screen.note(
            "No entry has the action “\(action.hasSuffix(".") ? String(action.dropLast()) : action)”. There are: "
                + known.joined(separator: ", ") + ".")
    }

    private static func json(_ entry: AuditStore.Stored, _ tenants: [Int64: String]) throws -> JSON {
        let tenant = entry.tenant.map { tenants[$0] ?? String($0) }
        return [
            "id": .int(entry.id), "at": .string(entry.at.description), "actor": .string(entry.actor),
            "origin": .string(entry.origin),
            "tenant": tenant.map { .string($0) } ?? .null,
            "action": .string(entry.action), "subject": .string(entry.subject),
            "before": try parsed(entry.before), "after": try parsed(entry.after),
        ]
    }

    private static func parsed(_ text: String?) throws -> JSON {
        guard let text else { return .null }
        return try JSON.parse(text)
    }
}

extension Arguments {
    /// `--from` and `--to`, each a day of the zone, which counts whole, or an instant; nil where it is missing.
    func period(zone: String) throws -> (from: Timestamp?, to: Timestamp?) {
        let now = Timestamp.now
        let from = try text("from").map { try TimeText.instant($0, zone: zone, now: now, as: .start) }
        let to = try text("to").map { try TimeText.instant($0, zone: zone, now: now, as: .end) }
        if let from, let to, from >= to {
            throw CommandError.usage("--to lies before --from; nothing can be between them.")
        }
        return (from, to)
    }
}
