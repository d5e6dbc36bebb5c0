import Domain
import Jobs
import Senders
import Storage

/// What can be said about an installation whose database answers: schema, clocks, key, workers, and whether what was
/// set up can send.
struct DatabaseCheckup {
    let installation: Installation

    /// Beyond the first, schedules are off by more than they promise; beyond the second something is broken.
    private static let (noticedSkew, wrongSkew): (Duration, Duration) = (.seconds(1), .seconds(30))

    /// So far back it is looked for what had no price.
    private static let pricedDays = 3

    func findings() async throws -> [Finding] {
        let before = Timestamp.now
        let condition = try await DatabaseCondition.read(from: installation.database)
        let after = Timestamp.now
        var findings = [server(condition), schema(condition), Self.clock(condition.clock, between: before, and: after)]
        // Without the tables there is nothing more to ask about.
        guard condition.schema >= Migrations.latest else { return findings }
        let working = try await workers()
        findings += working
        findings += try await SettingsCheckup(database: installation.database).findings()
        do {
            for tenant in try await installation.parties.tenants() {
                _ = try await installation.parties.key(of: tenant.id)
            }
            findings += try await routes()
        } catch StorageError.malformed(let text) {
            findings.append(.wrong("master key", "does not fit the data: \(text)"))
        }
        findings += try await templates()
        findings += try await AccessCheckup(installation: installation).findings()
        findings += try await CareCheckup(installation: installation).findings(
            isWorking: working.allSatisfy { $0.state == .fine })
        return findings + (try await HeldCheckup(installation: installation).findings())
    }

    private func server(_ condition: DatabaseCondition) -> Finding {
        let major = Int(condition.serverVersion.prefix { $0.isNumber }) ?? 0
        return major >= 15
            ? .fine("server", "PostgreSQL \(condition.serverVersion)")
            : .wrong("server", "PostgreSQL \(condition.serverVersion) is too old; Herald needs 15 or newer")
    }

    private func schema(_ condition: DatabaseCondition) -> Finding {
        switch condition.schema {
        case Migrations.latest: .fine("schema", "version \(condition.schema), what this program needs")
        case ..<Migrations.latest:
            .note("schema", "version \(condition.schema); the next command brings it to \(Migrations.latest)")
        default:
            .note(
                "schema",
                "version \(condition.schema), newer than this program (\(Migrations.latest)). Install the newer Herald here too"
            )
        }
    }

    /// The database was asked at some moment between two of ours.
    static func clock(_ database: Timestamp, between before: Timestamp, and after: Timestamp) -> Finding {
        let skew = database < before ? before - database : database > after ? database - after : .zero
        let text = "the database's clock is \(TimeText.short(skew.seconds)) off this machine's"
        if skew > wrongSkew { return .wrong("clock", text + ". Set both by NTP") }
        return skew > noticedSkew ? .note("clock", text) : .fine("clock", "agrees with the database's")
    }

    private func workers() async throws -> [Finding] {
        let all = try await installation.workers.all()
        let alive = all.filter {
            !$0.isCertainlyGone
        }
        guard !alive.isEmpty else {
            return [.wrong("workers", "none: nothing is sent. Start one with `herald up` or `herald work`")]
        }
        return [.fine("workers", "\(alive.count) \(alive.count == 1 ? "process" : "processes")")]
    }

    private func routes() async throws -> [Finding] {
        let providers = try await installation.providers.providers()
        let routes = try await installation.routes.rulesWithoutPrefixes()
        let prices = try await installation.providers.prices()
        func hasPrice(_ provider: Int64, _ channel: Channel) -> Bool {
            let settings = providers.first { $0.id == provider }.flatMap { try? JSON.parse($0.settings) }
            return settings?["price"] != nil
                || prices.contains { $0.provider == provider && $0.channel == channel && $0.validTo == nil }
        }
        var findings: [Finding] = []
        for provider in providers {
            do { try ProviderCatalogue.check(kind: provider.kind, settings: provider.settings) } catch {
                findings.append(.wrong("provider", "“\(provider.name)” can't be used: \(CommandFailure(error).text)"))
            }
            if !routes.contains(where: { $0.rule.targets.contains { $0.provider == provider.id } }) {
                findings.append(
                    .wrong(
                        "provider",
                        "no route goes through “\(provider.name)”. `herald route add` makes one; `herald provider remove \(provider.name)` takes it out of use"
                    ))
            }
        }
        for route in routes {
            for (target, name) in zip(route.rule.targets, route.providerNames) {
                guard let channel = route.rule.channel else { continue }
                if !hasPrice(target.provider, channel) {
                    findings.append(
                        .wrong(
                            "route",
                            "\(channel.rawValue)\(route.tenantName.map { " of \($0)" } ?? "") goes through “\(name)”, which has no price for it: reports will show no cost. `herald price add` sets one"
                        ))
                }
            }
        }
        for gap in try await UnpricedStore(database: installation.database).recent(days: Self.pricedDays) {
            guard let provider = providers.first(where: { $0.id == gap.provider }), hasPrice(gap.provider, gap.channel)
            else { continue }
            let countries = gap.countries.prefix(10).map { $0.isEmpty ? "no country" : $0 }.joined(separator: ", ")
            findings.append(
                .note(
                    "price",
                    "“\(provider.name)” has no price for \(gap.channel.rawValue) to \(countries)\(gap.countries.count > 10 ? ", …" : ""): "
                        + "\(grouped(gap.attempts)) attempts of the last \(Self.pricedDays) days cost nobody knows what. "
                        + "Run: herald price add --provider \(provider.name) --channel \(gap.channel.rawValue) --prefix … (--help)"
                ))
        }
        if routes.isEmpty {
            findings.append(.note("route", "none yet: nothing can be sent. `herald route add --help`"))
        }
        return findings.isEmpty
            ? [.fine("routes", "\(grouped(routes.count)), all with providers and prices")] : findings
    }

    private func templates() async throws -> [Finding] {
        var findings: [Finding] = []
        var count = 0
        let routes = try await installation.routes.rulesWithoutPrefixes()
        for tenant in try await installation.parties.tenants() {
            var routeless: Set<Channel> = []
            for template in try await installation.parties.templates(tenant: tenant.id) {
                count += 1
                let channel = template.channel
                if !routes.contains(where: { $0.serves(channel, of: tenant.id) }) {
                    routeless.insert(channel)
                }
                do { _ = try TemplateContent.Source(template) } catch {
                    findings.append(
                        .wrong(
                            "template",
                            "“\(template.name)” of \(tenant.name) does not compile: \(CommandFailure(error).text)"))
                }
            }
            for channel in routeless.map(\.rawValue).sorted() {
                findings.append(
                    .note(
                        "route",
                        "\(tenant.name) has templates for \(channel) and no route for it. `herald route add` sets one"))
            }
        }
        return findings.isEmpty ? [.fine("templates", "\(grouped(count)), all compile")] : findings
    }
}
