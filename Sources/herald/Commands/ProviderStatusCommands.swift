import Domain
import Foundation
import Reports
import Senders
import Storage

/// `herald provider status`, `out` and `in`: how the providers fare, and taking one out while traffic runs.
enum ProviderStatusCommands {
    static let commands: [Command] = [
        Command(
            "provider status", "show health, rate, errors, latency and today's cost of the providers",
            operands: "[NAME]",
            options: [
                .flag("watch", "show it anew each second until Ctrl-C; on a terminal only"),
                .value("tz", "ZONE", "where today is, such as Asia/Singapore (default UTC)"),
            ],
            example: "herald provider status --watch"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let zone = try arguments.timeZone("tz") ?? "UTC"
            let name = arguments.operands.first
            if let name { _ = try await installation.provider(name) }
            guard arguments.has("watch") else {
                let views = try await ProviderView.all(installation, zone: zone, name: name)
                show(views, on: screen)
                return .done
            }
            guard !screen.isJSON, isatty(STDOUT_FILENO) == 1 else {
                throw CommandError.usage(
                    "--watch is for a terminal; without it the command can be run again and again.")
            }
            let stop = StopSignal()
            repeat {
                let views = try await ProviderView.all(installation, zone: zone, name: name)
                // Home, then clear what the last picture left.
                screen.write(Array("\u{1B}[H\u{1B}[2J".utf8))
                show(views, on: screen)
            } while await !stop.hasCome(within: .seconds(1))
            return .done
        },
        switching("out", "take a provider out of use at once while traffic runs; its routes go on with the next", true),
        switching("in", "put a provider back in use after `provider out`", false),
    ]

    private static func switching(_ word: String, _ summary: String, _ isOut: Bool) -> Command {
        Command("provider \(word)", summary, operands: "NAME", example: "herald provider \(word) telco") {
            arguments, screen in
            let installation = try await Installation.open(arguments)
            let account = try await installation.provider(arguments.operands[0])
            let changed = try await installation.providers.take(account.id, out: isOut)
            screen.line(changed ? "\(account.name) is \(word)" : "\(account.name) was \(word) before")
            screen.json([
                "provider": .string(account.name), "state": .string(isOut ? "out" : "in"), "changed": .bool(changed),
            ])
            return .done
        }
    }

    private static func show(_ views: [ProviderView], on screen: Screen) {
        screen.table(
            [
                "PROVIDER", "KIND", "STATE", "SHARE", "SCORE", "RATE/s", "ERRORS", "P50", "P99", "IN FLIGHT", "LIMIT",
                "SENT TODAY", "COST TODAY",
            ],
            views.map(\.cells), rightAligned: Set(3...12))
        for view in views { view.warning.map { screen.line("\(view.account.name): \($0)") } }
        screen.json(.array(views.map(\.json)))
    }
}

/// One provider as all processes together see it.
struct ProviderView {
    let account: ProviderAccount
    /// What the processes have said in the last seconds; none where no traffic runs.
    let health: [ProviderHealth]
    let costs: [ProviderCost]
    /// Of the last minutes; nil where there were none.
    let answers: ProviderAnswers?

    static func all(_ installation: Installation, zone: String, name: String?) async throws -> [ProviderView] {
        guard let today = ReportDay.date(of: .now, zone: zone), let day = ReportDay(today, zone: zone) else {
            throw CommandError.usage("--tz takes a time zone such as Asia/Singapore or UTC, not “\(zone)”.")
        }
        let store = ProviderHealthStore(database: installation.database)
        let health = Dictionary(grouping: try await store.recent(), by: \.provider)
        let costs = Dictionary(grouping: try await store.costs(since: day.start), by: \.provider)
        let answers = Dictionary(
            try await installation.ledger.recentAnswers(deadReason: ProviderReason.unregistered)
                .map { ($0.provider, $0) }, uniquingKeysWith: { first, _ in first })
        return try await installation.providers.providers().filter { name == nil || $0.name == name }.map {
            ProviderView(account: $0, health: health[$0.id] ?? [], costs: costs[$0.id] ?? [], answers: answers[$0.id])
        }
    }

    /// Where the processes differ, what the one says that sees most trouble.
    private var worst: ProviderHealth? { health.min { ($0.score, $0.share) < ($1.score, $1.share) } }

    /// Why its dead addresses are not believed; nil where they are.
    var warning: String? {
        guard let answers, let settings = try? LimitSettings(json: account.settings),
            PruningBrake.holds(dead: answers.dead, of: answers.answers, share: settings.deadShare)
        else { return nil }
        return """
            \(grouped(answers.dead)) of \(grouped(answers.answers)) answers of the last ten minutes call the address dead. \
            That is too many to be true, so none is struck off: check that the account's environment (sandbox or \
            production), app and credentials are those that the tokens belong to. If they are dead indeed, say so: \
            herald provider set \(account.name) --setting dead_share=1
            """
    }

    /// Nil where nobody sends through it.
    var state: String? { account.outSince != nil ? "out" : worst?.state }

    var since: Timestamp? {
        if let since = account.outSince { return since }
        return worst.map { $0.at - $0.lasting }
    }

    var rate: Double { health.reduce(0) { $0 + $1.rate } }

    /// Of all messages, so a busy process counts more than an idle one.
    var errorShare: Double? {
        guard !health.isEmpty else { return nil }
        guard rate > 0 else { return health.map(\.errorShare).max() }
        return health.reduce(0) { $0 + $1.errorShare * $1.rate } / rate
    }

    /// The busiest process's: medians can't be added up.
    var p50: Duration? { health.filter { $0.p50 != nil }.max { $0.rate < $1.rate }?.p50 }
    var p99: Duration? { health.compactMap(\.p99).max() }
    var share: Int? { health.isEmpty ? nil : health.reduce(0) { $0 + $1.share } / health.count }
    var inFlight: Int { health.reduce(0) { $0 + $1.inFlight } }

    /// How many calls may be under way in all processes together.
    var allowed: Int? {
        health.isEmpty
            ? nil : health.reduce(0) { $0.addingReportingOverflow($1.allowed).overflow ? .max : $0 + $1.allowed }
    }

    var sent: Int64 { costs.reduce(0) { $0 + $1.messages } }

    private var priced: [ProviderCost] { costs.filter { !$0.currency.isEmpty && $0.micros != 0 } }

    var cells: [String] {
        let time = since.map { " for " + TimeText.short(max(0, (Timestamp.now - $0).seconds)) } ?? ""
        let cost = priced.map { amount($0.micros, $0.currency) }.joined(separator: " + ")
        return [
            account.name, account.kind, (state ?? "idle") + (state == nil ? "" : time), share.map { "\($0)%" } ?? "-",
            worst.map { String($0.score) } ?? "-", health.isEmpty ? "-" : Self.short(rate),
            errorShare.map { Self.short($0 * 100) + "%" } ?? "-", Self.milliseconds(p50), Self.milliseconds(p99),
            health.isEmpty ? "-" : grouped(inFlight), allowed.map { grouped($0) } ?? "-", grouped(sent),
            cost.isEmpty ? "-" : cost,
        ]
    }

    var json: JSON {
        [
            "provider": .string(account.name), "kind": .string(account.kind),
            "state": state.map { .string($0) } ?? .null, "since": since.map { .string($0.description) } ?? .null,
            "processes": .int(Int64(health.count)), "share": share.map { .int(Int64($0)) } ?? .null,
            "score": worst.map { .int(Int64($0.score)) } ?? .null, "rate": .double(rate),
            "error_share": errorShare.map { .double($0) } ?? .null,
            "warning": warning.map { .string($0) } ?? .null,
            "timeout_share": health.map(\.timeOutShare).max().map { .double($0) } ?? .null,
            "p50_us": p50.map { .int($0.wholeMicroseconds) } ?? .null,
            "p99_us": p99.map { .int($0.wholeMicroseconds) } ?? .null, "in_flight": .int(Int64(inFlight)),
            "limit": allowed.map { .int(Int64($0)) } ?? .null, "sent_today": .int(sent),
            "cost_today": .array(
                priced.map { ["cost": .string(PriceText.decimal($0.micros)), "currency": .string($0.currency)] }),
        ]
    }

    /// One decimal where the number is small.
    private static func short(_ value: Double) -> String {
        if value >= 100 { return grouped(Int64(value.rounded())) }
        let tenths = Int64((value * 10).rounded())
        return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
    }

    private static func milliseconds(_ time: Duration?) -> String {
        time.map { short(Double($0.wholeMicroseconds) / 1000) + " ms" } ?? "-"
    }
}
