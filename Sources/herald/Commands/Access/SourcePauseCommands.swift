import Domain
import Storage

/// `herald source pause` and `resume`.
enum SourcePauseCommands {
    static let commands: [Command] = [
        Command(
            "source pause", "refuse what a source sends from now on; what was accepted goes out", operands: "NAME",
            options: [.tenant, .flag("including-critical", "also one-time passwords and critical messages")],
            example: "herald source pause shop --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let source = try await installation.source(arguments.operands[0], arguments)
            let changed = try await installation.parties.pauseSource(
                source.id, includesCritical: arguments.has("including-critical"), audit: arguments.audit)
            screen.line(changed ? "\(source.name) is paused" : "\(source.name) was paused before")
            screen.json(["source": .string(source.name), "paused": true, "changed": .bool(changed)])
            return .done
        },
        Command(
            "source resume", "let a paused source send again", operands: "NAME", options: [.tenant],
            example: "herald source resume shop --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let source = try await installation.source(arguments.operands[0], arguments)
            let changed = try await installation.parties.resumeSource(source.id, audit: arguments.audit)
            screen.line(changed ? "\(source.name) sends again" : "\(source.name) was not paused")
            screen.json(["source": .string(source.name), "paused": false, "changed": .bool(changed)])
            return .done
        },
    ]
}
