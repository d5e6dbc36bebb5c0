import Domain
import Jobs
import Storage

/// `herald deadletter …`: messages that were given up although no provider refused them.
enum DeadLetterCommands {
    static let commands: [Command] = [
        Command(
            "deadletter list", "messages that were given up: tries used up, or impossible to work on; newest first",
            options: filters + [
                .value("state", "STATE", "open (default), replayed, discarded or all"),
                .value("limit", "N", "at most so many (default 50)"),
            ],
            example: "herald deadletter list --campaign 12", run: list),
        Command(
            "deadletter show", "one of them, with every attempt and call", operands: "MESSAGE",
            example: "herald deadletter show 34359738368", run: show),
        Command(
            "deadletter replay", "send them again as new messages, checked anew, at a pace that crowds nobody out",
            operands: "[MESSAGE…]",
            options: filters + [.value("rate", "N/s", "so many a second, or a minute as in 90/m (default 50/s)")],
            example: "herald deadletter replay --campaign 12 --rate 50/s", run: replay),
        Command(
            "deadletter discard", "lay them aside for good", operands: "[MESSAGE…]", options: filters,
            example: "herald deadletter discard --campaign 12 --reason time_out", run: discard),
    ]

    private static let filters: [Option] = [
        .value("tenant", "T", "only this tenant's"), .value("campaign", "N", "only this campaign's"),
        .value("reason", "R", "only those whose reason begins so"),
        .value("since", "TIME", "only from then on: 2h, 3d, a day, or a time such as 2026-03-01 09:00"),
    ]

    // MARK: Which

    private static func filter(
        _ arguments: Arguments, _ installation: Installation
    ) async throws -> DeadLetterStore.Filter {
        var filter = DeadLetterStore.Filter()
        if let name = arguments.text("tenant") { filter.tenant = try await installation.tenant(name).id }
        filter.campaign = try arguments.integer("campaign", in: 1...Int.max).map(Int64.init)
        filter.reason = arguments.text("reason")
        filter.since = try arguments.text("since").map(since)
        if !arguments.operands.isEmpty { filter.messages = try arguments.operands.map(message) }
        return filter
    }

    /// A length of time is meant backwards from now.
    private static func since(_ text: String) throws -> Timestamp {
        if text.last?.isLetter == true, text.first?.isNumber == true, let length = try? TimeText.duration(text) {
            return .now - length
        }
        return try TimeText.instant(text, zone: "UTC", now: .now, as: .start)
    }

    private static func message(_ text: String) throws -> MessageID {
        guard let number = Int64(text) else {
            throw CommandError.usage("“\(text)” is no number of a message; `herald deadletter list` shows them.")
        }
        return MessageID(rawValue: number)
    }

    /// All of them at once must be asked for by something.
    private static func requireChoice(_ filter: DeadLetterStore.Filter, to verb: String) throws {
        guard filter == DeadLetterStore.Filter() else { return }
        throw CommandError.usage(
            "Which ones? `herald deadletter \(verb)` takes messages' numbers, or --campaign, --tenant, --reason, --since."
        )
    }

    // MARK: list, show

    private static func list(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        var filter = try await filter(arguments, installation)
        if arguments.text("state") != "all" {
            filter.state = try arguments.word("state", of: DeadLetterState.self) ?? .open
        }
        let limit = try arguments.integer("limit", in: 1...100_000) ?? 50
        let letters = try await installation.deadLetters.letters(filter, limit: limit)
        showTable(letters, on: screen)
        screen.json(.array(letters.map(json)))
        return .done
    }

    private static func showTable(_ letters: [DeadLetter], on screen: Screen) {
        screen.table(
            ["MESSAGE", "AT", "TENANT", "CAMPAIGN", "PROVIDER", "TRY", "KIND", "REASON", "STATE"],
            letters.map { letter in
                [
                    String(letter.message.rawValue), letter.at.description, letter.tenantName, String(letter.campaign),
                    letter.providerName, String(letter.attempt), letter.kind.rawValue, letter.reason,
                    letter.state.rawValue + (letter.replay.map { " by campaign \($0)" } ?? ""),
                ]
            }, rightAligned: [0, 3, 5])
    }

    private static func json(_ letter: DeadLetter) -> JSON {
        [
            "message": .int(letter.message.rawValue), "at": .string(letter.at.description),
            "tenant": .string(letter.tenantName), "campaign": .int(letter.campaign),
            "provider": .string(letter.providerName), "attempt": .int(Int64(letter.attempt)),
            "kind": .string(letter.kind.rawValue), "reason": .string(letter.reason),
            "state": .string(letter.state.rawValue), "replayed_by": letter.replay.map { .int($0) } ?? .null,
        ]
    }

    private static func show(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        var filter = DeadLetterStore.Filter()
        let message = try message(arguments.operands[0])
        filter.messages = [message]
        let letters = try await installation.deadLetters.letters(filter, limit: 10)
        guard !letters.isEmpty else {
            throw CommandError.failed(
                "Message \(message.rawValue) is no dead letter. `herald ledger trace \(message.rawValue)` tells about it."
            )
        }
        showTable(letters, on: screen)
        screen.line()
        guard let shown = try await ShownTrace.load(message, installation) else {
            throw CommandError.failed("There is no message \(message.rawValue) any more.")
        }
        shown.show(on: screen)
        screen.json(["dead_letter": json(letters[0]), "trace": .object(shown.json)])
        return .done
    }

    // MARK: replay, discard

    private static func replay(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let filter = try await filter(arguments, installation)
        try requireChoice(filter, to: "replay")
        let pace = try pace(arguments.text("rate") ?? "50/s")
        let resend = Resend(campaigns: installation.campaigns, ledger: installation.ledger)
        var made: [(campaign: Int64, of: Int64, recipients: Int64)] = []
        for (id, messages) in try await installation.deadLetters.open(filter).sorted(by: { $0.key < $1.key }) {
            let campaign = try await CampaignOutcome.load(id, installation).campaign
            guard let new = try await resend.replay(messages, of: campaign, pace: pace) else { continue }
            made.append((new.id, id, new.recipients))
        }
        if made.isEmpty { screen.line("No dead letter is open that this is about.") }
        for one in made {
            screen.line(
                "Campaign \(one.campaign) sends \(grouped(one.recipients)) dead letters of campaign \(one.of) again.")
        }
        screen.json(
            .array(
                made.map {
                    ["campaign": .int($0.campaign), "replay_of": .int($0.of), "recipients": .int($0.recipients)]
                }))
        return .done
    }

    /// `50/s`, `90/m`, `100/h`.
    private static func pace(_ text: String) throws -> ReplayPace {
        let parts = text.split(separator: "/")
        let units: [String: Duration] = ["s": .seconds(1), "m": .seconds(60), "h": .seconds(3600)]
        guard let count = parts.first.flatMap({ Int($0) }), (1...1_000_000).contains(count), parts.count <= 2,
            let unit = units[parts.count == 2 ? String(parts[1]) : "s"]
        else { throw CommandError.usage("--rate takes how many in a second, minute or hour: 50/s, 90/m, 100/h.") }
        return ReplayPace(count, in: unit)
    }

    private static func discard(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let filter = try await filter(arguments, installation)
        try requireChoice(filter, to: "discard")
        let count = try await installation.deadLetters.discard(filter)
        screen.line("\(grouped(count)) discarded")
        screen.json(["discarded": .int(Int64(count))])
        return .done
    }
}
