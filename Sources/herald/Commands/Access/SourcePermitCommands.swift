import Domain
import Storage

/// `herald source permit`, `permits`, `forbid`: what a source may send.
enum SourcePermitCommands {
    static let commands: [Command] = [
        Command(
            "source permit", "permit a source one more use; from the first on, only what is permitted goes",
            operands: "NAME", options: UseInput.options,
            example: "herald source permit checkout --category otp,transactional --channel sms --country SG"
        ) { arguments, screen in
            let use = try UseInput.use(arguments)
            let installation = try await Installation.open(arguments)
            let source = try await installation.source(arguments.operands[0], arguments)
            let isFirst = try await installation.sourceRules.uses(source: source.id).isEmpty
            let number = try await installation.sourceRules.permit(use, to: source, audit: arguments.audit)
            let text = "\(source.name) may send \(UseInput.text(use))"
            screen.line(number.map { "permitted as number \($0): \(text)" } ?? "it was permitted before: \(text)")
            if isFirst, number != nil {
                screen.note(
                    "Until now “\(source.name)” could send all that its keys' scopes say; from now on only this.")
            }
            screen.json(["number": number.map { .int($0) } ?? .null, "source": .string(source.name), "use": use.json])
            return .done
        },
        Command(
            "source permits", "show what sources may send", operands: "[NAME]", options: [.tenant],
            example: "herald source permits checkout"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            var sources = try await installation.parties.sources(
                tenant: arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments).id)
            if let name = arguments.operands.first { sources = [try await installation.source(name, arguments)] }
            let uses = try await installation.sourceRules.uses()
            var rows: [[String]] = []
            var list: [JSON] = []
            for source in sources {
                let own = uses.filter { $0.source == source.id }
                if own.isEmpty {
                    rows.append(["-", source.tenantName, source.name, "what its keys' scopes say, by templates"])
                }
                for use in own {
                    rows.append(["\(use.id)", source.tenantName, source.name, UseInput.text(use.use)])
                    list.append([
                        "number": .int(use.id), "tenant": .string(source.tenantName), "source": .string(source.name),
                        "use": use.use.json,
                    ])
                }
            }
            screen.table(["NUMBER", "TENANT", "SOURCE", "MAY SEND"], rows, rightAligned: [0])
            screen.json(.array(list))
            return .done
        },
        Command(
            "source forbid", "take a permitted use back, by its number", operands: "NUMBER",
            options: [.flag("open", "even if it is the last one and the keys' scopes decide alone then")],
            example: "herald source forbid 7"
        ) { arguments, screen in
            let number = try arguments.number()
            let installation = try await Installation.open(arguments)
            let unknown = CommandError.failed(
                "There is no permitted use \(number). `herald source permits` shows them.")
            guard let use = try await installation.sourceRules.uses().first(where: { $0.id == number }),
                let source = try await installation.parties.sources().first(where: { $0.id == use.source })
            else { throw unknown }
            switch try await installation.sourceRules.forbid(
                number, of: source, mayOpen: arguments.has("open"), audit: arguments.audit)
            {
            case .done: break
            case .unknown: throw unknown
            case .wouldOpen:
                throw CommandError.failed(
                    "This is the last use of “\(source.name)”: without it the source could send all that its keys' scopes say. Nothing was changed. `--open` does it all the same; `herald key revoke` ends a key."
                )
            }
            screen.line("\(source.name) may no longer send \(UseInput.text(use.use))")
            screen.json(["forbidden": .int(number), "source": .string(source.name)])
            return .done
        },
    ]
}
