import Domain
import Jobs
import Storage

/// `herald ledger trace`: one message from its accept to its receipts.
enum LedgerTrace {
    static let command = Command(
        "ledger trace",
        "show what happened to one message, from its accept to its receipts, as a timeline; reads archives too",
        operands: "ID",
        options: [
            .flag(
                "text", "the text as it was sent, while its data are kept; a one-time password's are masked (audited)"),
            .value("unmask", "NAME", "with --text: code, to see a one-time password too (audited)"),
            .archiveFolder,
        ],
        example: "herald ledger trace 34359738368"
    ) { arguments, screen in
        guard let number = Int64(arguments.operands[0]), number > 0 else {
            throw CommandError.usage(
                "“\(arguments.operands[0])” is no number of a message; `herald ledger find` shows them.")
        }
        let showsCode = try unmasks(arguments)
        let installation = try await Installation.open(arguments)
        let message = MessageID(rawValue: number)
        guard let shown = try await ShownTrace.load(message, installation, try installation.archives(arguments)) else {
            throw CommandError.failed("There is no message \(number).")
        }
        shown.show(on: screen)
        var json = shown.json
        if arguments.has("text") {
            let names: [JSON] = ["text"] + (showsCode ? ["code"] : [])
            try await AuditStore(database: installation.database).add([
                AuditEntry(
                    "message.unmask", String(number), by: arguments.audit, tenant: shown.trace.campaign.tenant,
                    after: ["shown": .array(names)])
            ])
            screen.line()
            do {
                let text = try await MessageText.read(
                    shown.trace, showsCode: showsCode, database: installation.database, keys: installation.keys)
                show(text, on: screen)
                json["text"] = text.json
            } catch let gone as MessageText.Gone {
                screen.line(gone.description)
                json["text_gone"] = .string(gone.description)
            }
        }
        screen.json(.object(json))
        return shown.trace.archiveFaults.isEmpty ? .done : .doneWithRejects
    }

    private static func unmasks(_ arguments: Arguments) throws -> Bool {
        guard let name = arguments.text("unmask") else { return false }
        guard name == "code" else { throw CommandError.usage("--unmask takes “code”, not “\(name)”.") }
        guard arguments.has("text") else { throw CommandError.usage("--unmask goes with --text.") }
        return true
    }

    private static func show(_ text: MessageText, on screen: Screen) {
        if text.isMasked { screen.line("(a one-time password; its data are masked: --unmask code shows them)") }
        if !text.subject.isEmpty { screen.line("Subject: \(text.subject)") }
        screen.line(text.text)
        if !text.html.isEmpty { screen.line(text.html) }
    }
}
