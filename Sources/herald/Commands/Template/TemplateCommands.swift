import Domain
import Storage

/// `herald template …`: messages in Liquid, in versions and languages.
enum TemplateCommands {
    static let commands: [Command] = [
        addition,
        Command(
            "template list", "show the newest version of a tenant's templates", options: [.tenant],
            example: "herald template list --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let templates = try await installation.parties.templates(tenant: installation.tenant(arguments).id)
            let drafts = try templates.map { ($0, try TemplateDraft(stored: $0)) }
            screen.table(
                ["NAME", "VERSION", "CHANNEL", "LOCALES"],
                drafts.map {
                    [$0.name, String($0.version), $0.channel.rawValue, $1.locales.keys.joined(separator: ", ")]
                },
                rightAligned: [1])
            screen.json(.array(drafts.map(json)))
            return .done
        },
        Command(
            "template show", "show a template", operands: "NAME",
            options: [.tenant, .value("version", "N", "an older version (default: the newest)")],
            example: "herald template show welcome --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let tenant = try await installation.tenant(arguments)
            let version = try arguments.integer("version", in: 1...Int(Int32.max)).map { Int64($0) }
            guard
                let stored = try await installation.parties.template(
                    tenant: tenant.id, name: arguments.operands[0], version: version)
            else { throw unknown(arguments, tenant) }
            let draft = try TemplateDraft(stored: stored)
            screen.line(
                "\(stored.name), version \(stored.version), \(stored.channel.rawValue), default locale \(draft.defaultLocale)"
            )
            for (locale, content) in draft.locales {
                for (part, text) in content.objectValue ?? JSONObject() {
                    screen.line("\n[\(locale), \(part)]\n\(text.stringValue ?? text.text)")
                }
            }
            for (channel, variant) in draft.variants {
                for (locale, content) in variant["locales"]?.objectValue ?? JSONObject() {
                    for (part, text) in content.objectValue ?? JSONObject() {
                        screen.line("\n[\(channel), \(locale), \(part)]\n\(text.stringValue ?? text.text)")
                    }
                }
            }
            screen.json(json(stored, draft))
            return .done
        },
        Command(
            "template remove", "take a template out of use; campaigns that have it keep it", operands: "NAME",
            options: [.tenant], example: "herald template remove welcome --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let tenant = try await installation.tenant(arguments)
            let name = arguments.operands[0]
            guard try await installation.parties.removeTemplate(tenant: tenant.id, name: name) else {
                throw unknown(arguments, tenant)
            }
            screen.line("removed \(name)")
            screen.json(["removed": .string(name)])
            return .done
        },
        Command(
            "template approve", "say that a version may be sent, where the tenant asks for that", operands: "NAME",
            options: [.tenant, .value("version", "N", "the version (default: the newest)")],
            example: "herald template approve welcome --tenant acme --version 2"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let tenant = try await installation.tenant(arguments)
            let asked = try arguments.integer("version", in: 1...Int(Int32.max)).map { Int64($0) }
            guard
                let stored = try await installation.parties.template(
                    tenant: tenant.id, name: arguments.operands[0], version: asked),
                let approved = try await installation.parties.approve(
                    tenant: tenant.id, name: stored.name, version: stored.version, by: arguments.audit.actor,
                    audit: arguments.audit)
            else { throw unknown(arguments, tenant) }
            screen.line("approved \(approved.name), version \(approved.version)")
            screen.json(["name": .string(approved.name), "version": .int(approved.version)])
            return .done
        },
        Command(
            "template import", "add templates from a file: one JSON object a line, a JSON list, or CSV",
            operands: "FILE",
            options: [.tenant], example: "herald template import templates.ndjson --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            return try await EntityImport(add: importLine, operand: "name", what: "templates").run(arguments, screen) {
                try await add($0, to: installation).isNew
            }
        },
    ]

    private static let parts: [Option] = [
        .tenant,
        .value("channel", "CHANNEL", "sms, email, push, whatsapp, voice, chat, inapp"),
        .value(
            "variant", "CHANNEL",
            "what it says on another channel, for alternates and for `campaign send --channel cheapest`"),
        .value("locale", "LOCALE", "the language of this text, such as de (default en); the others stay"),
        .value("default-locale", "LOCALE", "the language of those whose own the template lacks"),
        .value("text", "TEXT", "what the message says: Liquid, such as “Hi {{ name }}”"),
        .value("subject", "TEXT", "of an email"),
        .value("html", "TEXT", "of an email"),
        .value("title", "TEXT", "of a push message"),
        .value("data", "TEXT", "of a push message: a JSON object of texts for the app"),
    ]

    private static let addition = Command(
        "template add", "add a template, or a new version of one", operands: "NAME",
        options: parts + [
            .value("text-file", "FILE", "the text from a file"), .value("html-file", "FILE", "the HTML from a file"),
            .value("subject-file", "FILE", "the subject from a file"),
            .value(
                "file", "FILE", "the whole template as JSON: {\"channel\": …, \"locales\": {\"en\": {\"text\": …}}}"),
        ],
        example: "herald template add welcome --tenant acme --channel sms --text 'Hi {{ name | default: \"there\" }}'"
    ) { arguments, screen in
        let (stored, isNew) = try await add(arguments, to: Installation.open(arguments))
        screen.line(
            isNew
                ? "added \(stored.name), version \(stored.version)"
                : "\(stored.name), version \(stored.version), says the same")
        let draft = try TemplateDraft(stored: stored)
        screen.json(json(stored, draft))
        return .done
    }

    /// What a record of an import file may hold: one locale's parts, or all of them as `locales`.
    private static let importLine = Command(
        addition.name, addition.summary, operands: addition.operands,
        options: parts + [.value("locales", "JSON", "")], example: addition.example, run: addition.run)

    /// A version that would say what the newest one says is not stored again.
    private static func add(
        _ arguments: Arguments, to installation: Installation
    ) async throws -> (stored: TemplateVersion, isNew: Bool) {
        let name = try Arguments.name(arguments.operands[0])
        let tenant = try await installation.tenant(arguments)
        let existing = try await installation.parties.template(tenant: tenant.id, name: name)
        let draft = try TemplateDraft.read(arguments, existing: existing)
        if let existing, (try? JSON.parse(existing.content)) == draft.json { return (existing, false) }
        let stored = try await refusing("Somebody else changed “\(name)” at the same time. Try again.") {
            try await installation.parties.addTemplate(
                tenant: tenant.id, name: name, channel: draft.channel, content: draft.json.text)
        }
        return (stored, true)
    }

    private static func unknown(_ arguments: Arguments, _ tenant: Tenant) -> CommandError {
        let version = arguments.text("version").map { " in version \($0)" } ?? ""
        return .failed(
            "“\(tenant.name)” has no template “\(arguments.operands[0])”\(version). `herald template list --tenant \(tenant.name)` shows them."
        )
    }

    private static func json(_ stored: TemplateVersion, _ draft: TemplateDraft) -> JSON {
        [
            "name": .string(stored.name), "version": .int(stored.version), "channel": .string(stored.channel.rawValue),
            "default_locale": .string(draft.defaultLocale), "locales": .object(draft.locales),
            "variants": .object(draft.variants),
        ]
    }
}
