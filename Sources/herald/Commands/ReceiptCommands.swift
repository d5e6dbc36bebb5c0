import Domain
import Jobs
import Senders
import Storage

/// `herald receipt …`: what providers told about messages, and bringing it by hand.
enum ReceiptCommands {
    static let commands: [Command] = [
        Command(
            "receipt import",
            "take in receipts from a file: callbacks as they came, one a line, a CSV, or a mail that bounced",
            operands: "FILE",
            options: [
                .value("provider", "NAME", "the account that they come from"),
                .value(
                    "format", "csv|lines|mail",
                    "what the file is (default: by its name; .csv, .eml for a mail, else lines)"),
                .value("currency", "CODE", "of the prices in a CSV without a column “currency”"),
            ],
            example: "herald receipt import bounce.eml --provider relay", run: bring),
        Command(
            "receipt list", "what providers called back, newest first",
            options: [
                .value("state", "STATE", "new, applied, parked, unreadable, expired or ignored"),
                .value("provider", "NAME", "only this account's"), .value("limit", "N", "at most so many (default 50)"),
            ],
            example: "herald receipt list --state parked", run: list),
        Command(
            "receipt show", "one callback as it came, and how it is read", operands: "ID",
            example: "herald receipt show 12", run: show),
    ]

    // MARK: import

    private static func bring(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        _ = try ReportChoice.currency(arguments)
        let installation = try await Installation.open(arguments)
        let provider = try await installation.provider(try arguments.required("provider"))
        let file = ReceiptFile(arguments.operands[0], provider: provider, arguments: arguments)
        let last = try await installation.callbacks.lastNumber()
        var pending: [StoredCallback] = []
        var tally = ImportTally()
        func store() async throws {
            let added = try await installation.callbacks.store(pending)
            tally.add(added)
            tally.skip(pending.count - added)
            pending.removeAll(keepingCapacity: true)
        }
        var unbooked: (count: Int, first: String) = (0, "")
        try await file.read(
            rejecting: { tally.reject(line: $0, $1) },
            unbooked: { line, currency in
                if unbooked.count == 0 { unbooked.first = "line \(line): “\(currency)”" }
                unbooked.count += 1
            }
        ) { callback in
            pending.append(StoredCallback(callback, provider: provider.id))
            if pending.count >= 1000 { try await store() }
        }
        try await store()
        let pipeline = ReceiptPipeline(database: installation.database, keys: installation.keys)
        // Nil: a worker is at it.
        while let count = try await pipeline.run(), count > 0 {}
        let counts = try await installation.callbacks.counts(after: last)
        for state in CallbackState.allCases {
            if let count = counts[state] { screen.note("\(state.rawValue): \(grouped(count))") }
        }
        if counts[.parked] ?? 0 > 0 {
            screen.note(
                "What found no message is looked at again for three days: `herald receipt list --state parked`.")
        }
        if unbooked.count > 0 {
            screen.note(
                "\(plural(unbooked.count, "price")) in no currency in use (\(unbooked.first)) \(unbooked.count == 1 ? "was" : "were") not "
                    + "booked; the receipts count. Bring them again with the right code (ISO 4217) to book them.")
        }
        return tally.report("receipts", on: screen)
    }

    // MARK: list, show

    private static func list(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let state = try arguments.word("state", of: CallbackState.self)
        var provider: Int64?
        if let name = arguments.text("provider") { provider = try await installation.provider(name).id }
        let limit = try arguments.integer("limit", in: 1...10_000) ?? 50
        let found = try await installation.callbacks.callbacks(state: state, provider: provider, limit: limit)
        screen.table(
            ["ID", "RECEIVED", "PROVIDER", "STATE", "LOOKS", "REPEATS", "NOTE"],
            found.map { entry in
                [
                    String(entry.id), entry.receivedAt.description, entry.providerName, entry.state.rawValue,
                    String(entry.tries), String(entry.repeats), entry.note,
                ]
            }, rightAligned: [0, 4, 5])
        let counts = try await installation.callbacks.counts()
        screen.line(
            "All: "
                + CallbackState.allCases.compactMap { state in
                    counts[state].map { "\(grouped($0)) \(state.rawValue)" }
                }.joined(separator: ", "))
        screen.json(.array(found.map(json)))
        return .done
    }

    private static func json(_ entry: CallbackEntry) -> JSON {
        [
            "id": .int(entry.id), "received_at": .string(entry.receivedAt.description),
            "provider": .string(entry.providerName), "state": .string(entry.state.rawValue),
            "looks": .int(Int64(entry.tries)), "repeats": .int(entry.repeats), "note": .string(entry.note),
        ]
    }

    private static func show(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        guard let id = Int64(arguments.operands[0]), let entry = try await installation.callbacks.callback(id) else {
            throw CommandError.failed(
                "There is no callback “\(arguments.operands[0])”, or not any more. `herald receipt list` shows them.")
        }
        guard let callback = CallbackCodec.decode(entry.content) else {
            throw CommandError.failed("Callback \(id) is not in this program's notation; it was damaged.")
        }
        let readers = ReceiptReaders().table(for: try await installation.providers.providers())
        let reading = Result { try readers.events(callback, of: entry.provider) }
        let body = String(decoding: callback.body, as: UTF8.self)
        screen.table(
            ["", ""],
            [
                ["received", entry.receivedAt.description], ["provider", entry.providerName],
                ["state", entry.state.rawValue], ["note", entry.note], ["looks", String(entry.tries)],
                ["repeats", String(entry.repeats)], ["request", "\(callback.method) \(callback.url)"],
                ["type", callback.contentType],
            ] + callback.headers.map { [$0.name, $0.value] })
        screen.line()
        screen.line(body)
        screen.line()
        let lines = (try? reading.get())?.map(ReceiptText.line) ?? []
        for line in lines { screen.line("says: \(line)") }
        if case .failure(let error) = reading { screen.line("can't be read: \(error)") }
        screen.json([
            "callback": json(entry), "method": .string(callback.method), "url": .string(callback.url),
            "content_type": .string(callback.contentType), "body": .string(body),
            "says": .array(lines.map { .string($0) }),
        ])
        return .done
    }
}

/// What a callback says, as a line.
enum ReceiptText {
    static func line(_ event: ReceiptEvent) -> String {
        switch event {
        case .status(let status):
            var words = [status.state.rawValue]
            if let message = status.message { words.append("message \(message.rawValue)") }
            if !status.references.isEmpty { words.append("reference \(status.references.joined(separator: " or "))") }
            if !status.reason.isEmpty { words.append(status.reason) }
            if let cost = status.cost { words.append(amount(cost.micros, cost.currency.code)) }
            if let code = status.foreignCurrency {
                words.append("a price in “\(code)”, no currency in use: not booked")
            }
            return words.joined(separator: ", ")
        case .reply(let reply): return "reply from \(reply.from) to \(reply.to): \(reply.text)"
        }
    }
}
