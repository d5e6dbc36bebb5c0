import Domain
import Ingest
import Storage

/// `herald deny …`: who is never sent to, whatever the message.
enum DenyCommands {
    static let commands: [Command] = [
        addition,
        Command(
            "deny list", "show the deny list; single addresses are kept as keyed hashes only", options: [.tenant],
            example: "herald deny list --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments)
            let entries = try await installation.policy.denyEntries(tenant: tenant?.id)
            let names = try await tenantNames(installation)
            screen.table(
                ["ID", "TENANT", "KIND", "VALUE", "SINCE", "NOTE"],
                entries.map { entry in
                    [
                        String(entry.id), entry.tenant.map { names[$0] ?? "" } ?? "all", entry.kind.rawValue,
                        value(entry),
                        entry.at.description, entry.note,
                    ]
                }, rightAligned: [0])
            screen.json(.array(entries.map { json($0, names) }))
            return .done
        },
        Command("deny show", "show one entry", operands: "ID", example: "herald deny show 7") { arguments, screen in
            let number = try arguments.number()
            let installation = try await Installation.open(arguments)
            guard let entry = try await installation.policy.denyEntries(tenant: nil).first(where: { $0.id == number })
            else {
                throw unknown(number)
            }
            let names = try await tenantNames(installation)
            screen.line("tenant  \(entry.tenant.map { names[$0] ?? "" } ?? "all")")
            screen.line("kind    \(entry.kind.rawValue)")
            screen.line("value   \(value(entry))")
            screen.line("since   \(entry.at)")
            screen.line("note    \(entry.note)")
            screen.json(json(entry, names))
            return .done
        },
        Command("deny remove", "remove an entry", operands: "ID", example: "herald deny remove 7") {
            arguments, screen in
            let number = try arguments.number()
            guard try await Installation.open(arguments).policy.removeDeny(number) else { throw unknown(number) }
            screen.line("removed entry \(number)")
            screen.json(["removed": .int(number)])
            return .done
        },
        Command(
            "deny import", "add entries from a file; its columns are the options of `deny add`", operands: "FILE",
            options: [.tenant], example: "herald deny import denied.csv"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            return try await EntityImport(add: addition, operand: nil, what: "entries").run(arguments, screen) {
                try await add($0, to: installation)
            }
        },
    ]

    private static let addition = Command(
        "deny add", "never send to a number, an address, a prefix, a country or a domain",
        options: [
            .value("number", "NUMBER", "one number; needs --tenant"),
            .value("email", "ADDRESS", "one email address; needs --tenant"),
            .value("prefix", "DIGITS", "all numbers that begin so, such as +65123"),
            .value("country", "CC", "all numbers of a country, such as KP"),
            .value("domain", "DOMAIN", "all addresses of a domain and of those below it"),
            .value("tenant", "T", "only for this tenant; without it for all"),
            .value("note", "TEXT", "why"),
        ],
        example: "herald deny add --prefix +65123 --note \"premium numbers\""
    ) { arguments, screen in
        let isNew = try await add(arguments, to: Installation.open(arguments))
        screen.line(isNew ? "added" : "it was on the list before")
        screen.json(["added": .int(isNew ? 1 : 0)])
        return .done
    }

    /// False where the entry was there before.
    private static func add(_ arguments: Arguments, to installation: Installation) async throws -> Bool {
        let given = ["number", "email", "prefix", "country", "domain"].filter { arguments.text($0) != nil }
        guard given.count == 1 else {
            throw CommandError.usage("Give exactly one of --number, --email, --prefix, --country, --domain.")
        }
        let tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments)
        let kind: DenyEntry.Kind
        let value: String
        switch given[0] {
        case "prefix": (kind, value) = (.prefix, try arguments.prefix("prefix") ?? "")
        case "country": (kind, value) = (.country, try arguments.country("country")?.code ?? "")
        case "domain": (kind, value) = (.domain, try Arguments.domain(try arguments.required("domain")))
        default:
            guard let tenant else {
                throw CommandError.usage(
                    "--\(given[0]) needs --tenant: single addresses are kept as hashes with the tenant's own key. For all tenants deny a prefix, a country or a domain."
                )
            }
            let address = try AddressInput(
                try arguments.required(given[0]), channel: given[0] == "email" ? .email : .sms, region: tenant.region)
            let bytes = Array(address.normal.utf8)
            let key = try await installation.parties.key(of: tenant.id)
            (kind, value) = (.address, hex(key.recipients.recipient(address.kind, bytes.span).bytes))
        }
        return try await installation.policy.deny(
            tenant: tenant?.id, kind: kind, values: [value], note: arguments.text("note") ?? "") > 0
    }

    private static func value(_ entry: DenyEntry) -> String {
        switch entry.kind {
        case .address: "hash \(entry.value.prefix(8))…"
        case .prefix: "+" + entry.value
        case .country, .domain: entry.value
        }
    }

    private static func json(_ entry: DenyEntry, _ tenants: [Int64: String]) -> JSON {
        [
            "id": .int(entry.id), "tenant": entry.tenant.flatMap { tenants[$0] }.map { .string($0) } ?? .null,
            "kind": .string(entry.kind.rawValue), "value": .string(entry.value), "since": .string(entry.at.description),
            "note": .string(entry.note),
        ]
    }

    private static func tenantNames(_ installation: Installation) async throws -> [Int64: String] {
        Dictionary(uniqueKeysWithValues: try await installation.parties.tenants().map { ($0.id, $0.name) })
    }

    private static func unknown(_ number: Int64) -> CommandError {
        .failed("There is no entry \(number). `herald deny list` shows them.")
    }
}
