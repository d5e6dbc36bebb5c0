import Domain
import Foundation
import Ingest
import Jobs
import Senders
import Storage

/// Sending files, and everything about campaigns.
enum CampaignCommands {
    static let commands: [Command] = [
        Command(
            "campaign check", "read a file and show what would be sent: columns, rejects, cost, real messages",
            operands: "FILE…", options: CampaignOptions.reading,
            example: "herald campaign check customers.csv --tenant demo --template spring", run: check),
        Command(
            "campaign send", "send a template to everybody in a file", operands: "FILE…",
            options: CampaignOptions.reading + CampaignOptions.sending + [
                .flag("wait", "stay until it is done and show the result")
            ],
            example: "herald campaign send customers.csv --tenant demo --channel sms --template spring --wait",
            run: send),
        Command(
            "campaign list", "campaigns, newest first",
            options: [
                .value("tenant", "T", "only this tenant's"), .value("limit", "N", "at most so many (default 50)"),
            ],
            example: "herald campaign list --tenant demo", run: list),
        Command(
            "campaign show", "how one campaign stands", operands: "ID", example: "herald campaign show 12", run: show),
        Command(
            "campaign pause", "stop after what is under way; `resume` goes on", operands: "ID",
            example: "herald campaign pause 12", run: pause),
        Command(
            "campaign resume", "go on with a paused or held campaign", operands: "ID",
            example: "herald campaign resume 12", run: resume),
        Command(
            "campaign cancel", "send nothing more of it", operands: "ID",
            options: [.flag("wait", "stay until all is accounted for")],
            example: "herald campaign cancel 12", run: cancel),
        Command(
            "campaign wait", "stay until a campaign is done and show the result", operands: "ID",
            example: "herald campaign wait 12", run: wait),
        Command(
            "campaign rejects", "the rejected rows as a CSV that can be mended and sent again", operands: "ID",
            options: [.value("out", "FILE", "write there instead of to the screen")],
            example: "herald campaign rejects 12 --out mend-me.csv", run: rejects),
        Command(
            "campaign results", "every recipient's final state as a CSV", operands: "ID",
            options: [
                .value("out", "FILE", "write there instead of to the screen"),
                .flag("attempts", "every attempt that was billed or is in doubt, not only the last"),
            ],
            example: "herald campaign results 12 --out results.csv", run: results),
        Command(
            "campaign resend-failed", "send again to those who failed; checked anew against opt-outs", operands: "ID",
            options: [
                .flag("again", "although they were sent to again before"),
                .flag("include-unknown", "also those in doubt: they may get the message twice"),
                .flag("wait", "stay until it is done"),
            ],
            example: "herald campaign resend-failed 12 --wait", run: resendFailed),
    ]

    // MARK: check

    private static func check(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        var worst = ExitCode.done
        for file in arguments.operands {
            let request = try await CampaignOptions.request(arguments, file: file, installation)
            let (review, hasRoute) = try await named(file) { try await Self.review(request, installation, screen) }
            let outlooks = try await BudgetOutlook.of(
                review, tenant: request.tenant.id, source: request.source, database: installation.database)
            let text = ReviewText(review, file: file, hasRoute: hasRoute, outlooks: outlooks)
            text.show(on: screen)
            screen.json(text.json)
            if review.summary.rejectedRows > 0 || review.summary.accepted == 0 { worst = .doneWithRejects }
        }
        return worst
    }

    /// Of several files it must be told which one is not there.
    private static func named<T: Sendable>(_ file: String, _ body: () async throws -> T) async throws -> T {
        do { return try await body() } catch {
            guard let unread = error as? IngestError, case .cannotOpen = unread else { throw error }
            throw ImportSource.failure(file, unread)
        }
    }

    private static func review(
        _ request: CampaignRequest, _ installation: Installation, _ screen: Screen
    ) async throws -> (CampaignReview, hasRoute: Bool) {
        let registry = try ProviderRegistry(store: installation.providers)
        let builder = ContextBuilder(database: installation.database, keys: installation.keys, registry: registry)
        let routing = try await builder.routing(
            for: request.question, further: request.channels, content: .template(request.template.name))
        let meter = Meter(screen: screen)
        let review = try await CampaignReview.make(
            request, database: installation.database, keys: installation.keys, routing: routing,
            progress: { meter.show(reading: $0) })
        await registry.stop()
        screen.endProgress()
        return (review, !routing.reachable.isEmpty)
    }

    /// Where a budget would pay for it, the file is looked through first, and what it would cost is held against what is
    /// left. What comes through a pipe can be read once only: then what is left is told alone.
    private static func tellOutlook(
        of request: CampaignRequest, _ installation: Installation, _ screen: Screen
    ) async throws {
        let budgets = try await BudgetStore(database: installation.database)
            .covering(tenant: request.tenant.id, source: request.source)
        guard !budgets.isEmpty else { return }
        guard case .file = request.input else {
            for budget in budgets {
                screen.note(
                    "Budget \(budget.id) (\(budget.scopeText)) has \(amount(budget.left, budget.limit.currency.code)) left."
                )
            }
            return
        }
        let (review, _) = try await review(request, installation, screen)
        let outlooks = try await BudgetOutlook.of(
            review, tenant: request.tenant.id, source: request.source, database: installation.database)
        for outlook in outlooks { screen.note((outlook.exceeds ? "Warning: " : "") + outlook.sentence) }
    }

    // MARK: send

    private static func send(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        var worst = ExitCode.done
        for file in arguments.operands {
            let code = try await named(file) { try await Self.send(file, arguments, installation, screen) }
            if code != .done { worst = code }
        }
        return worst
    }

    static func send(
        _ file: String, _ arguments: Arguments, _ installation: Installation, _ screen: Screen
    ) async throws -> ExitCode {
        let request = try await CampaignOptions.request(arguments, file: file, installation)
        try await requireRoute(for: request, installation)
        try await tellOutlook(of: request, installation, screen)
        let upload = CampaignUpload(database: installation.database, keys: installation.keys)
        let meter = Meter(screen: screen)
        let result: CampaignUpload.Result
        do {
            result = try await upload.send(request) { meter.show(reading: $0) }
        } catch let earlier as UploadWriter.AlreadySent {
            throw CommandError.failed(
                "These recipients had template “\(request.template.name)” already: campaign \(earlier.campaign) of \(earlier.at). Nothing was sent. `--again` sends it all the same."
            )
        }
        screen.endProgress()
        let summary = result.summary
        screen.note(
            "Campaign \(result.campaign): \(grouped(summary.accepted)) accepted, \(grouped(summary.rejectedRows)) rejected, \(grouped(summary.duplicates.count)) duplicates in \(grouped(summary.rows)) rows."
        )
        for note in summary.columns.notes { screen.note(note) }
        guard arguments.has("wait") else {
            let outcome = try await CampaignOutcome.load(result.campaign, installation)
            screen.json(outcome.json)
            screen.line("\(result.campaign)")
            return summary.rejectedRows > 0 ? .doneWithRejects : .done
        }
        let outcome = try await CampaignWatch(installation: installation, screen: screen).wait(for: result.campaign)
        return finish(outcome, screen)
    }

    /// Better said before the upload than found out by the first shard.
    static func requireRoute(for request: CampaignRequest, _ installation: Installation) async throws {
        let channel = request.template.channel
        let routes = try await installation.routes.rulesWithoutPrefixes()
        guard !routes.contains(where: { $0.serves(channel, of: request.tenant.id) }) else { return }
        throw CommandError.failed(
            "No provider serves \(channel.rawValue) for “\(request.tenant.name)” yet. "
                + "`herald provider add sandbox --kind sandbox` and `herald route add --channel \(channel.rawValue) "
                + "--providers sandbox` make one that tries things out.")
    }

    private static func finish(_ outcome: CampaignOutcome, _ screen: Screen) -> ExitCode {
        outcome.show(on: screen)
        if outcome.campaign.rejected > 0 {
            screen.line(
                "Rejected rows: herald campaign rejects \(outcome.campaign.id) --out rejects-\(outcome.campaign.id).csv"
            )
        }
        screen.json(outcome.json)
        return outcome.exitCode
    }

    // MARK: list, show

    private static func list(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        var tenant: Int64?
        if let name = arguments.text("tenant") { tenant = try await installation.tenant(name).id }
        let limit = try arguments.integer("limit", in: 1...10_000) ?? 50
        let campaigns = try await installation.campaigns.campaigns(tenant: tenant, limit: limit)
        screen.table(
            ["id", "tenant", "name", "template", "channel", "state", "recipients", "rejected", "created"],
            campaigns.map {
                [
                    String($0.id), $0.tenantName, $0.name, $0.templateName, $0.channel.rawValue, $0.state.rawValue,
                    grouped($0.recipients), grouped($0.rejected), String($0.createdAt.description.prefix(16)),
                ]
            }, rightAligned: [0, 6, 7])
        screen.json(
            .array(
                campaigns.map {
                    [
                        "campaign": .int($0.id), "tenant": .string($0.tenantName), "name": .string($0.name),
                        "template": .string($0.templateName), "channel": .string($0.channel.rawValue),
                        "state": .string($0.state.rawValue), "accepted": .int($0.recipients),
                        "rejected": .int($0.rejected),
                        "duplicates": .int($0.duplicates), "created_at": .string($0.createdAt.description),
                    ]
                }))
        return .done
    }

    private static func id(_ arguments: Arguments) throws -> Int64 {
        guard let id = Int64(arguments.operands[0]), id > 0 else {
            throw CommandError.usage(
                "A campaign is named by its number, not “\(arguments.operands[0])”. `herald campaign list` shows them.")
        }
        return id
    }

    private static func show(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let outcome = try await CampaignOutcome.load(try id(arguments), installation)
        outcome.show(on: screen)
        screen.json(outcome.json)
        return .done
    }

    // MARK: pause, resume, cancel, wait

    private static func steer(
        _ arguments: Arguments, _ screen: Screen, _ verb: String,
        _ change: (CampaignStore, Int64) async throws -> Bool
    ) async throws -> (Installation, Int64) {
        let installation = try await Installation.open(arguments)
        let id = try id(arguments)
        guard try await change(installation.campaigns, id) else {
            let campaign = try await CampaignOutcome.load(id, installation).campaign
            let advice = campaign.state == .restored ? " `herald restore confirm` decides about it." : ""
            throw CommandError.failed("Campaign \(id) is \(campaign.state.rawValue); it can't be \(verb).\(advice)")
        }
        screen.line("Campaign \(id) is \(verb).")
        return (installation, id)
    }

    private static func pause(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let (_, id) = try await steer(arguments, screen, "paused") { try await $0.pause($1) }
        screen.json(["campaign": .int(id), "state": "paused"])
        return .done
    }

    private static func resume(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let (_, id) = try await steer(arguments, screen, "resumed") { try await $0.resume($1) }
        screen.json(["campaign": .int(id), "state": "running"])
        return .done
    }

    private static func cancel(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let (installation, id) = try await steer(arguments, screen, "cancelled") { try await $0.cancel($1) }
        guard arguments.has("wait") else {
            screen.json(["campaign": .int(id), "state": "cancelling"])
            return .done
        }
        return finish(try await CampaignWatch(installation: installation, screen: screen).wait(for: id), screen)
    }

    private static func wait(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let id = try id(arguments)
        _ = try await CampaignOutcome.load(id, installation)
        return finish(try await CampaignWatch(installation: installation, screen: screen).wait(for: id), screen)
    }

    // MARK: rejects, results, resend-failed

    /// Nil, or `-`: the screen.
    private static func outputPath(_ arguments: Arguments) -> String? {
        arguments.text("out").flatMap { $0 == "-" ? nil : $0 }
    }

    private static func rejects(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let campaign = try await CampaignOutcome.load(try id(arguments), installation).campaign
        let path = outputPath(arguments)
        let output = try FileOutput(path, screen: screen)
        let count = try await RejectsExport(database: installation.database, keys: installation.keys)
            .write(campaign) { try output.write($0) }
        try output.close()
        if let path { screen.note("\(grouped(count)) rejected rows are in \(path).") }
        return .done
    }

    private static func results(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let campaign = try await CampaignOutcome.load(try id(arguments), installation).campaign
        let path = outputPath(arguments)
        let output = try FileOutput(path, screen: screen)
        let count = try await ResultsExport(ledger: installation.ledger)
            .write(campaign, everyAttempt: arguments.has("attempts")) { try output.write($0) }
        try output.close()
        if let path { screen.note("\(grouped(count)) results are in \(path).") }
        return .done
    }

    private static func resendFailed(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let id = try id(arguments)
        let campaign = try await CampaignOutcome.load(id, installation).campaign
        guard campaign.state.isOver else {
            throw CommandError.failed(
                "Campaign \(id) is \(campaign.state.rawValue); what failed is sent again once it is over.")
        }
        var states: [MessageState] = [.failed, .expired]
        if arguments.has("include-unknown") { states.append(.unknown) }
        let resend = Resend(campaigns: installation.campaigns, ledger: installation.ledger)
        guard let new = try await resend.run(campaign, states: states, again: arguments.has("again")) else {
            screen.line("Nothing of campaign \(id) failed.")
            screen.json(["campaign": .null, "recipients": 0])
            return .done
        }
        screen.note("Campaign \(new.id) sends to \(grouped(new.recipients)) recipients of campaign \(id) again.")
        guard arguments.has("wait") else {
            screen.line("\(new.id)")
            screen.json(["campaign": .int(new.id), "recipients": .int(new.recipients)])
            return .done
        }
        return finish(try await CampaignWatch(installation: installation, screen: screen).wait(for: new.id), screen)
    }
}

extension Meter {
    func show(reading progress: UploadProgress) {
        if let total = progress.bytesTotal, total > 0 {
            let share = min(100, progress.bytesRead * 100 / total)
            say("reading \(grouped(progress.rows)) rows (\(share)%), rejected \(grouped(progress.rejected))")
        } else {
            say("reading \(grouped(progress.rows)) rows, rejected \(grouped(progress.rejected))")
        }
    }
}
