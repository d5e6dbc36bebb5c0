import Domain
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Jobs

/// What the watch finds in the rollups, and what it does about it.
@Suite(.database) struct WatchmanTests {
    @Test func quietWeeksAreQuiet() async throws {
        let bench = try await WatchBench()
        try await bench.history()
        try await bench.sends(from: "n.now - interval '1 hour 5 minutes'", to: "n.now", sent: "105", failed: 2)
        #expect(try await bench.opened(bench.watchman()) == [])
        let standing = try await bench.alerts.standing()
        #expect(standing.judged > 5 && standing.lookedAt == bench.clock.now() && standing.note.isEmpty)
    }

    /// From the first look after it began to the half hour after it ended one alert, of which cost and country are parts.
    @Test func aPumpedSourceIsFoundWithinTheRunningQuarter() async throws {
        let bench = try await WatchBench()
        try await bench.history()
        try await bench.sends(
            from: "n.now - interval '1 hour 5 minutes'", to: "n.now - interval '15 minutes'", sent: "105")
        // Since five minutes, not folded yet.
        try await bench.sends(from: "n.now", to: "n.now", sent: "600", country: "AZ", into: "rollup_delta")
        let watchman = bench.watchman()
        let found = try await bench.opened(watchman)
        #expect(found == ["cost-spike", "country-spike", "volume-spike"])
        let alerts = try await bench.alerts.alerts()
        let whole = try #require(alerts.first { $0.partOf == nil })
        #expect(whole.ruleName == "country-spike" && whole.country == "AZ" && whole.value == 600 && whole.usual == 0)
        #expect(alerts.filter { $0.partOf == whole.id }.count == 2)
        #expect(
            AlertText.sentence(whole) == "source shop of acme to AZ: 600 messages in a quarter of an hour, usually 0")
        #expect(whole.weeks == 8 && !whole.pausedSource)

        bench.clock.pass(.seconds(60))
        #expect(try await watchman.look() == [])
        // It has ended; the quarter stays in sight for a while.
        bench.clock.pass(.seconds(50 * 60))
        #expect(try await bench.opened(watchman) == [])
        // In the last full hour it still is much to a country where nothing was before, and no longer for the source.
        #expect(try await bench.count("alert WHERE state = 'open' AND rule_name = 'country-spike'") == 1)
        #expect(try await bench.count("alert WHERE state = 'closed' AND closed_at IS NOT NULL") == 2)
        bench.clock.pass(.seconds(100 * 60))
        #expect(try await watchman.look()?.contains { if case .closed = $0 { true } else { false } } == true)
        #expect(try await bench.count("alert WHERE state = 'open' AND rule_name = 'country-spike'") == 0)
    }

    @Test func whatAFileBringsWasLookedAtByAPerson() async throws {
        let bench = try await WatchBench()
        try await bench.history()
        try await bench.sends(
            from: "n.now - interval '1 hour 5 minutes'", to: "n.now - interval '15 minutes'", sent: "105")
        try await bench.sends(3, from: "n.now - interval '1 hour'", to: "n.now", sent: "50000")
        #expect(try await bench.opened(bench.watchman()) == [])
    }

    @Test func whoIsNewIsNotJudgedYet() async throws {
        let bench = try await WatchBench()
        try await bench.history()
        try await bench.sends(
            from: "n.now - interval '1 hour 5 minutes'", to: "n.now - interval '15 minutes'", sent: "105")
        try await bench.history(10, campaign: 2)
        try await bench.sends(2, from: "n.now", to: "n.now", sent: "9000")
        #expect(try await bench.opened(bench.watchman()) == [])
        #expect(try await bench.alerts.standing().silent > 0)
    }

    /// The day on which clocks were set forward: what begins at nine begins at nine.
    @Test(arguments: [("Europe/Berlin", [String]()), ("UTC", ["cost-spike", "country-spike", "volume-spike"])])
    func hoursAreThoseOfTheClockOnTheWall(zone: String, expected: [String]) async throws {
        let bench = try await WatchBench(now: "2026-03-30T07:20:00Z", zone: zone)
        // Offices open at 9:00 in Berlin, whatever UTC says.
        try await bench.sends(
            from: "n.now - interval '63 days'", to: "n.now",
            sent: "CASE WHEN extract(hour FROM q.at AT TIME ZONE 'Europe/Berlin') BETWEEN 9 AND 17 THEN 1000 ELSE 0 END"
        )
        #expect(try await bench.opened(bench.watchman()) == expected)
    }

    @Test func failuresOfAProviderExplainThoseOfItsSources() async throws {
        let bench = try await WatchBench()
        try await bench.history()
        try await bench.sends(from: "n.now - interval '1 hour 5 minutes'", to: "n.now", sent: "60", failed: 40)
        #expect(try await bench.opened(bench.watchman()) == ["failures", "source-failures"])
        let alerts = try await bench.alerts.alerts()
        let provider = try #require(alerts.first { $0.ruleName == "failures" })
        #expect(provider.tenant == nil && provider.providerName == "telco" && provider.value == 400_000)
        #expect(alerts.first { $0.ruleName == "source-failures" }?.partOf == provider.id)
    }

    @Test func silenceIsFoundOnceTheHourIsOver() async throws {
        let bench = try await WatchBench()
        try await bench.history()
        #expect(try await bench.opened(bench.watchman()) == ["silence"])
        let alert = try #require(try await bench.alerts.alerts().first)
        #expect(alert.direction == .fall && alert.value == 0 && alert.usual > 400)
    }

    /// Receipts have an hour; the hour before the last is compared with what the past ones had by then.
    @Test func deliveriesThatStayOutAreFound() async throws {
        let bench = try await WatchBench()
        func receipts(_ part: Int, from: String, to: String) async throws {
            try await bench.execute(
                """
                INSERT INTO receipt_rollup
                SELECT q.at, q.at + interval '15 minutes', 1, 1, 1, 8, 80, 'SG', \(part)
                  FROM (SELECT '\(bench.clock.now())'::timestamptz AS now) n, generate_series(report_bucket(\(from)), report_bucket(\(to)), interval '15 minutes') q(at)
                """)
        }
        try await bench.history()
        try await bench.sends(from: "n.now - interval '1 hour 5 minutes'", to: "n.now", sent: "105", failed: 2)
        try await receipts(95, from: "n.now - interval '63 days'", to: "n.now - interval '3 hours'")
        try await receipts(50, from: "n.now - interval '2 hours 20 minutes'", to: "n.now - interval '1 hour'")
        #expect(try await bench.opened(bench.watchman()) == ["deliveries"])
    }

    @Test func aProviderThatBecameSlowIsFound() async throws {
        let bench = try await WatchBench()
        try await bench.execute(
            """
            INSERT INTO provider_hour SELECT date_trunc('hour', '\(bench.clock.now())'::timestamptz) - interval '1 hour' - w * interval '7 days',
                   1, 60, 60 * (CASE w WHEN 0 THEN 900000 ELSE 80000 + w * 1000 END) FROM generate_series(0, 8) w
            """)
        #expect(try await bench.opened(bench.watchman()) == ["slow"])
    }

    // MARK: Ranges of numbers

    @Test func neighbouringNumbersAreFoundByTheirPrefix() async throws {
        let bench = try await WatchBench()
        try await bench.history()
        try await bench.sends(from: "n.now - interval '1 hour 5 minutes'", to: "n.now", sent: "105")
        try await bench.execute(
            "INSERT INTO prefix_count SELECT '\(bench.clock.now())'::timestamptz - interval '1 year', 1, 1, '6591234', 'SG', 9"
        )
        let meter = PrefixMeter()
        for number in 0..<80 {
            meter.count(
                tenant: 1, source: 1, address: Array("+9945012\(10_000 + number)".utf8), country: Region("AZ") ?? .none,
                now: bench.clock.now())
        }
        for number in 0..<4 {
            meter.count(
                tenant: 1, source: 1, address: Array("+659\(1_000_000 + number)".utf8), country: Region("SG") ?? .none,
                now: bench.clock.now())
        }
        meter.count(tenant: 1, source: 1, address: Array("+12345".utf8), country: .none, now: bench.clock.now())
        let watchman = bench.watchman(prefixes: meter)
        for _ in 0..<2 { try await watchman.bringIn() }
        #expect(try await bench.count("prefix_count WHERE messages = 80 AND prefix = '9945012'") == 1)
        #expect(try await bench.count("prefix_count") == 2, "a handful is not worth a row")
        #expect(try await bench.opened(watchman) == ["prefix-spike"])
        let alert = try #require(try await bench.alerts.alerts().first)
        #expect(alert.prefix == "9945012" && alert.country == "AZ" && alert.value == 80)
    }

    // MARK: What follows

    private func pumping(_ change: (inout AlertRule) -> Void) -> AlertRule {
        var rule = AlertRule(
            name: "pumping", tenant: 1, source: 1, measure: .volume, dimension: .country, threshold: 4, minCount: 100)
        rule.pausesSource = true
        change(&rule)
        return rule
    }

    @Test(arguments: [false, true])
    func aRuleCanPauseASourceAndSaysWhether(includesCritical: Bool) async throws {
        let bench = try await WatchBench()
        try await bench.history()
        try await bench.sends(from: "n.now", to: "n.now", sent: "600", country: "AZ")
        try await bench.rule(pumping { $0.includesCritical = includesCritical })
        let watchman = bench.watchman()
        #expect(try await bench.opened(watchman).contains("pumping"))
        let parties = PartyStore(database: bench.database, keys: bench.keys)
        func pause() async throws -> SourcePause? {
            let all = try await parties.sources(tenant: 1)
            return all.first { $0.name == "shop" }?.pause
        }
        let paused = try #require(try await pause())
        #expect(paused.by == "rule:pumping" && paused.since == bench.clock.now())
        #expect(!paused.spares(.marketing, .normal) && !paused.spares(.transactional, .normal))
        #expect(paused.spares(.otp, .high) != includesCritical && paused.spares(.alert, .critical) != includesCritical)
        let entries = try await AuditStore(database: bench.database).entries(tenant: 1)
        #expect(entries.contains { $0.action == "source.pause" && $0.actor == "rule:pumping" && $0.subject == "shop" })
        #expect(try await bench.alerts.alerts().first { $0.ruleName == "pumping" }?.pausedSource == true)

        // Who resumes it knows what he does: the same trouble does not pause it again.
        #expect(try await parties.resumeSource(1, audit: bench.audit))
        bench.clock.pass(.seconds(60))
        #expect(try await watchman.look() == [])
        #expect(try await pause() == nil)
        #expect(try await !parties.resumeSource(1, audit: bench.audit))
    }

    @Test func theMostSpecificRuleDecidesAlsoThatNobodyIsTold() async throws {
        let bench = try await WatchBench()
        try await bench.history()
        try await bench.sends(from: "n.now", to: "n.now", sent: "600", country: "AZ")
        try await bench.sends(
            from: "n.now - interval '1 hour 5 minutes'", to: "n.now - interval '15 minutes'", sent: "105")
        try await bench.rule(
            pumping {
                $0.pausesSource = false; $0.isMuted = true
            })
        var high = AlertRule(name: "high", tenant: 1, measure: .volume, dimension: .source, threshold: 50, minCount: 1)
        high.isMuted = false
        try await bench.rule(high)
        #expect(try await bench.opened(bench.watchman()) == ["cost-spike"])
    }

    @Test func oneProcessAtATimeLooksAndNotTooOften() async throws {
        let bench = try await WatchBench()
        try await bench.history()
        let (one, two) = (bench.watchman(), bench.watchman())
        #expect(try await one.look(every: .seconds(60)) != nil)
        #expect(try await two.look(every: .seconds(60)) == nil)
        bench.clock.pass(.seconds(61))
        #expect(try await two.look(every: .seconds(60)) != nil)
        // A clock that was set back by a day.
        bench.clock.pass(.seconds(-86_400))
        #expect(try await one.look(every: .seconds(60)) != nil)
    }

    @Test func aRuleThatIsGoneEndsWhatItFound() async throws {
        let bench = try await WatchBench()
        try await bench.history()
        let watchman = bench.watchman()
        #expect(try await bench.opened(watchman) == ["silence"])
        #expect(try await AlertRuleStore(database: bench.database).remove("silence", audit: bench.audit))
        bench.clock.pass(.seconds(1801))
        #expect(try await watchman.look()?.count == 1)
        #expect(try await bench.count("alert WHERE state = 'open'") == 0)
    }

    /// Whom the outbox tells: no address, no person's name.
    @Test func tenantsAreToldByTheirWebhooks() async throws {
        let bench = try await WatchBench()
        try await bench.history()
        try await bench.execute(
            """
            INSERT INTO webhook_endpoint (tenant, url, events, secret)
            VALUES (1, 'https://x.example', (1 << 20) | (1 << 21), ''), (1, 'https://y.example', 64, '')
            """)
        let watchman = bench.watchman()
        #expect(try await bench.opened(watchman) == ["silence"])
        let alert = try #require(try await bench.alerts.alerts().first)
        _ = try await bench.alerts.acknowledge(alert.id, audit: AuditOrigin(actor: "mia", origin: "test"))
        #expect(try await !bench.alerts.acknowledge(alert.id, audit: bench.audit))
        try await bench.sends(
            from: "n.now - interval '1 hour 5 minutes'", to: "n.now + interval '2 hours'", sent: "105")
        bench.clock.pass(.seconds(3600))
        #expect(try await watchman.look()?.count == 1)
        let events = try await bench.database.run { session in
            try session.query("SELECT kind, facts::text AS facts FROM webhook_event ORDER BY id").map {
                (try $0.int("kind"), try JSON.parse(try $0.text("facts")))
            }
        }
        #expect(events.map(\.0) == [20, 21])
        #expect(events.map { $0.1["state"]?.stringValue } == ["open", "closed"])
        #expect(events.allSatisfy { $0.1["source"]?.stringValue == "shop" && !$0.1.text.contains("mia") })
        #expect(try await bench.count("webhook_delivery") == 2)
    }

    @Test func theOperatorIsToldUntilItArrives() async throws {
        let bench = try await WatchBench()
        try await bench.history()
        #expect(try await bench.opened(bench.watchman()) == ["silence"])
        let first = try await bench.alerts.takeUntold(now: bench.clock.now())
        #expect(first.map(\.ruleName) == ["silence"])
        #expect(try await bench.alerts.takeUntold(now: bench.clock.now()).isEmpty, "somebody is at it")
        bench.clock.pass(.seconds(121))
        let again = try await bench.alerts.takeUntold(now: bench.clock.now())
        try await bench.alerts.told(try #require(again.first))
        bench.clock.pass(.seconds(121))
        #expect(try await bench.alerts.takeUntold(now: bench.clock.now()).isEmpty)
    }
}
