import Domain
import Foundation
import Jobs
import Senders
import Storage

/// `herald webhook …`: who is told by himself what became of messages. A secret is shown once.
enum WebhookCommands {
    static let commands: [Command] = [
        Command(
            "webhook add", "have events sent to an address; its secret is shown this once", operands: "URL",
            options: [
                .tenant, .value("source", "S", "of this source's messages alone (default: of all the tenant's)"),
                .value(
                    "event", "A,B,…", "what to tell: message.delivered, message.*, campaign.finished, * …",
                    repeats: true),
                .value("label", "TEXT", "what it is for, to tell it from others"),
            ],
            example: "herald webhook add https://shop.example/hooks/herald --tenant acme --event message.*", run: add),
        Command(
            "webhook list", "show the webhooks of all tenants, or of one", options: [.tenant],
            example: "herald webhook list --tenant acme", run: list),
        Command(
            "webhook show", "show one webhook, without its secret", operands: "ID", example: "herald webhook show 1"
        ) {
            arguments, screen in
            let endpoint = try await Installation.open(arguments).webhook(arguments.operands[0])
            for line in WebhookText.lines(endpoint, now: .now) { screen.line(line) }
            screen.json(WebhookText.json(endpoint))
            return .done
        },
        Command(
            "webhook remove", "end a webhook, with what waits for it", operands: "ID",
            example: "herald webhook remove 1"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let endpoint = try await installation.webhook(arguments.operands[0])
            _ = try await installation.webhooks.remove(endpoint.id, audit: arguments.audit)
            screen.line("removed webhook \(endpoint.id)")
            screen.json(["removed": .int(endpoint.id)])
            return .done
        },
        Command(
            "webhook test", "send a test event now and say what was answered", operands: "ID",
            example: "herald webhook test 1", run: test),
        Command(
            "webhook rotate", "give a webhook a new secret; the old one signs beside it for a while", operands: "ID",
            options: [.value("overlap", "TIME", "how long, such as 2h (default 24h, 0s: not at all)")],
            example: "herald webhook rotate 1 --overlap 48h", run: rotate),
        Command(
            "webhook replay", "tell events once more, under the same ids", operands: "ID",
            options: [
                .value("since", "TIME", "those from this day or instant on, such as 2026-03-01T09:00:00Z"),
                .value("until", "TIME", "up to this day, included, or before this instant (default: now)"),
                .value("event", "EVENT", "this one, such as evt_123"), .flag("given-up", "those that were given up"),
            ],
            example: "herald webhook replay 1 --since 2026-03-01T09:00:00Z", run: replay),
        Command(
            "webhook enable", "begin anew with a webhook that was disabled", operands: "ID",
            example: "herald webhook enable 1"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let endpoint = try await installation.webhook(arguments.operands[0])
            _ = try await installation.webhooks.enable(endpoint.id, audit: arguments.audit)
            screen.line("enabled webhook \(endpoint.id)")
            screen.json(["enabled": .int(endpoint.id)])
            return .done
        },
    ]

    private static func add(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let kinds = try arguments.all("event").flatMap { $0.split(separator: ",") }.flatMap { word in
            guard let named = WebhookKind.named(word.trimmingBlanks) else {
                let all = WebhookKind.all.map(\.word).joined(separator: ", ")
                throw CommandError.usage("There is no event “\(word)”; there are \(all), and groups such as message.*.")
            }
            return named
        }
        guard !kinds.isEmpty else {
            throw CommandError.usage("--event is missing: what to tell, such as message.delivered or message.*.")
        }
        let url = arguments.operands[0]
        do { _ = try WebhookURL(url, networks: try installation.webhookNetworks()) } catch let fault as WebhookURL.Fault
        {
            throw CommandError.usage("“\(url)”: \(fault.text)")
        }
        let source = try await source(installation, arguments)
        let tenant: Int64
        if let source { tenant = source.tenant } else { tenant = try await installation.tenant(arguments).id }
        let secret = EndpointSecret.make()
        var draft = WebhookStore.Draft(
            tenant: tenant, source: source?.id, url: url, kinds: WebhookKinds(kinds),
            sealedSecret: WebhookSecrets.seal(secret, with: installation.keys))
        draft.label = arguments.text("label") ?? ""
        guard let made = try await installation.webhooks.add(draft, audit: arguments.audit) else {
            throw CommandError.failed(
                "The tenant has \(WebhookStore.mostPerTenant) webhooks already, the most there may be. `herald webhook remove` takes one away."
            )
        }
        show(secret, of: made, screen)
        return .done
    }

    private static func source(_ installation: Installation, _ arguments: Arguments) async throws -> Source? {
        guard let name = arguments.text("source") else { return nil }
        return try await installation.source(name, arguments)
    }

    private static func list(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments)
        let found = try await installation.webhooks.endpoints(tenant: tenant?.id)
        screen.table(
            ["ID", "TENANT", "SOURCE", "STATE", "DELIVERED", "WAITING", "GIVEN UP", "URL"],
            found.map {
                [
                    String($0.id), $0.tenantName, $0.sourceName ?? "all", $0.standing, String($0.delivered),
                    WebhookText.counted($0.waiting), WebhookText.counted($0.givenUp), $0.url,
                ]
            })
        for endpoint in found where endpoint.state == .disabled {
            screen.note("Webhook \(endpoint.id) is disabled. \(endpoint.note)")
        }
        screen.json(.array(found.map { WebhookText.json($0) }))
        return .done
    }

    private static func test(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let endpoint = try await installation.webhook(arguments.operands[0])
        let sender = WebhookSender(networks: try installation.webhookNetworks())
        let trial = WebhookTrial(database: installation.database, keys: installation.keys, sender: sender)
        let (event, answer) = try await trial.run(endpoint)
        sender.stop()
        screen.json([
            "event": .string(event), "delivered": .bool(answer.isDelivered), "status": .int(Int64(answer.status)),
            "problem": .string(answer.problem),
        ])
        guard answer.isDelivered else {
            throw CommandError.failed("The test event did not arrive. \(answer.problem)")
        }
        screen.line("delivered \(event): it answered \(answer.status)")
        return .done
    }

    private static func rotate(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let overlap = try arguments.text("overlap").map { try TimeText.duration($0) } ?? .seconds(86_400)
        guard overlap <= .seconds(30 * 86_400) else { throw CommandError.usage("--overlap is 30d at most.") }
        let installation = try await Installation.open(arguments)
        let id = try await installation.webhook(arguments.operands[0]).id
        let secret = EndpointSecret.make()
        _ = try await installation.webhooks.rotate(
            id, sealedSecret: WebhookSecrets.seal(secret, with: installation.keys), overlap: overlap,
            audit: arguments.audit)
        show(secret, of: try await installation.webhook(String(id)), screen)
        return .done
    }

    private static func replay(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let what = try what(arguments, now: .now)
        let installation = try await Installation.open(arguments)
        let endpoint = try await installation.webhook(arguments.operands[0])
        guard endpoint.state == .active else {
            throw CommandError.failed(
                "Webhook \(endpoint.id) is disabled. `herald webhook enable \(endpoint.id)` first, then replay.")
        }
        let count = try await installation.webhooks.replay(what, to: endpoint, audit: arguments.audit)
        screen.line(
            count == 0 ? "There was nothing to tell." : "\(count) event\(count == 1 ? "" : "s") will be told again.")
        screen.json(["events": .int(Int64(count))])
        return .done
    }

    private static func what(_ arguments: Arguments, now: Timestamp) throws -> WebhookReplay {
        let named = [arguments.text("since") != nil, arguments.text("event") != nil, arguments.has("given-up")]
        guard named.count(where: { $0 }) == 1 else {
            throw CommandError.usage("Say one of --since, --event or --given-up: what to replay.")
        }
        if arguments.has("given-up") { return .givenUp }
        if let text = arguments.text("event") {
            guard let event = WebhookDelivery.event(named: text) else {
                throw CommandError.usage("--event takes an event's id such as evt_123, not “\(text)”.")
            }
            return .event(event)
        }
        let since = try TimeText.instant(try arguments.required("since"), zone: "UTC", now: now, as: .start)
        let until = try arguments.text("until").map { try TimeText.instant($0, zone: "UTC", now: now, as: .end) } ?? now
        guard since < until else { throw CommandError.usage("--until must be later than --since.") }
        return .stored(from: since, until: until)
    }

    /// The secret alone on standard output, so that a script can take it from there.
    private static func show(_ secret: EndpointSecret, of endpoint: WebhookEndpoint, _ screen: Screen) {
        screen.line(secret.text)
        if !screen.isJSON {
            screen.note("This is the secret of webhook \(endpoint.id) (\(endpoint.tenantName)).")
            if let until = endpoint.formerUntil { screen.note("The one before it signs too until \(until).") }
            screen.note("Check with it what you receive (docs/webhooks.md); it is never shown again.")
        }
        var json = WebhookText.json(endpoint).objectValue ?? JSONObject()
        json["secret"] = .string(secret.text)
        screen.json(.object(json))
    }
}
