import Domain
import TestDatabase
import TestSupport
import Testing

@testable import Storage

@Suite(.database) struct RouteStoreTests {
    /// Three providers, 1…3, and a store over them.
    private func store() async throws -> (Fixture, RouteStore) {
        let fixture = try await Fixture()
        for name in ["a", "b", "c"] {
            try await fixture.providers.addProvider(name: name, kind: "sandbox", tenant: nil, settings: "{}")
        }
        return (fixture, RouteStore(database: fixture.database))
    }

    private func rule(_ providers: Int64..., prefixes: [String]? = nil, change: (inout RouteRule) -> Void = { _ in })
        -> RouteRule
    {
        var rule = RouteRule(targets: providers.map { RouteRule.Target(provider: $0) })
        rule.prefixes = prefixes.map { $0.compactMap { NumberPrefix($0) } }
        change(&rule)
        return rule
    }

    @Test func everythingOfARuleComesBack() async throws {
        let (fixture, store) = try await store()
        try await fixture.parties.addSource(tenant: fixture.tenant.id, name: "checkout")
        let source = try #require(try await fixture.parties.sources().first)
        var rule = rule(2, 1, prefixes: ["65123", "65"])
        rule.tenant = fixture.tenant.id
        rule.channel = .sms
        rule.categories = [.otp, .alert]
        rule.priorities = [.critical, .low]
        rule.sources = [source.id]
        rule.countries = ["MY", "SG"].compactMap { Region($0) }
        rule.order = 0
        rule.targets = [RouteRule.Target(provider: 2, weight: 80), RouteRule.Target(provider: 1, weight: 0)]
        rule.choice = .weight
        rule.from = "HERALD"
        rule.alternates = [.voice, .email]
        rule.wait = .seconds(30)
        rule.isEnabled = false
        let stored = try await store.store([rule])
        let found = try #require(try await store.rules().first)
        var expected = rule
        expected.id = stored[0].rule
        expected.categories = [.otp, .alert].sorted { $0.code < $1.code }
        expected.prefixes = ["65", "65123"].compactMap { NumberPrefix($0) }
        #expect(found.rule == expected)
        #expect(found.providerNames == ["b", "a"] && found.sourceNames == ["checkout"] && found.tenantName == "acme")
        #expect(try await store.rulesWithoutPrefixes().first?.rule.prefixes == [])
        #expect(try await store.prefixCounts() == [stored[0].rule: 2])
    }

    @Test func theSameConditionsAndOrderReplaceTheRule() async throws {
        let (_, store) = try await store()
        let first = try await store.store([rule(1) { $0.countries = ["SG", "MY"].compactMap { Region($0) } }])[0]
        let again = try await store.store([rule(1) { $0.countries = ["MY", "SG"].compactMap { Region($0) } }])[0]
        #expect(first.changed == 1 && again == RouteStore.Stored(rule: first.rule, changed: 0))
        let other = try await store.store([rule(2, 1) { $0.countries = ["MY", "SG"].compactMap { Region($0) } }])[0]
        #expect(other == RouteStore.Stored(rule: first.rule, changed: 1))
        #expect(try await store.rules().map { $0.rule.targets.map(\.provider) } == [[2, 1]])
        _ = try await store.store([
            rule(1) {
                $0.countries = ["MY", "SG"].compactMap { Region($0) }
                $0.order = 50
            }
        ])
        #expect(try await store.rules().count == 2)
    }

    @Test func aPrefixGoesOneWayUnderTheSameConditions() async throws {
        let (_, store) = try await store()
        let first = try await store.store([rule(1, prefixes: ["65", "44", "44"]), rule(2, prefixes: ["33"])])
        #expect(first.map(\.changed) == [2, 1])
        let moved = try await store.store([rule(2, prefixes: ["65", "33"])])
        #expect(moved == [RouteStore.Stored(rule: first[1].rule, changed: 1)])
        #expect(try await store.prefixCounts() == [first[0].rule: 1, first[1].rule: 2])
        // Under another order the same prefix is another rule's.
        _ = try await store.store([rule(1, prefixes: ["65"]) { $0.order = 50 }])
        #expect(try await store.rules().count == 3)
        // A rule whose last prefix goes is gone.
        _ = try await store.store([rule(2, prefixes: ["44"])])
        #expect(try await store.rules().map(\.rule.order).sorted() == [50, 100])
        let prefix = try #require(NumberPrefix("65"))
        #expect(try await store.remove(prefix: prefix, from: first[1].rule))
        #expect(try await !store.remove(prefix: prefix, from: first[1].rule))
        #expect(try await store.remove(first[1].rule))
        #expect(try await !store.remove(first[1].rule))
        #expect(try await store.prefixCounts().values.reduce(0, +) == 1)
    }

    @Test func theLastOfTwoInOneFileCounts() async throws {
        let (_, store) = try await store()
        let stored = try await store.store([rule(1, prefixes: ["65"]), rule(2, prefixes: ["65"])])
        #expect(stored.map(\.changed) == [0, 1])
        #expect(try await store.rules().map { $0.rule.targets[0].provider } == [2])
    }

    @Test func aRuleThatIsTurnedOnJoinsItsTwin() async throws {
        let (_, store) = try await store()
        let on = try await store.store([rule(1, prefixes: ["65"])])[0]
        let off = try await store.store([rule(1, prefixes: ["44"]) { $0.isEnabled = false }])[0]
        #expect(on.rule != off.rule)
        #expect(try await store.enable(off.rule, true))
        let rules = try await store.rules()
        #expect(rules.map(\.rule.id) == [on.rule] && rules[0].rule.prefixes?.count == 2)
        #expect(try await store.enable(on.rule, false))
        #expect(try await store.rules().map(\.rule.isEnabled) == [false])
        #expect(try await !store.enable(off.rule, true))
    }

    @Test func aHundredThousandPrefixesAreStoredAtOnce() async throws {
        let (_, store) = try await store()
        let texts = (0..<100_000).map { String(6_500_000 + $0) }
        func rules(_ turn: Int) -> [RouteRule] {
            (0..<3).map { place in
                rule(
                    Int64((place + turn) % 3 + 1),
                    prefixes: stride(from: place, to: texts.count, by: 3).map { texts[$0] })
            }
        }
        #expect(try await store.store(rules(0)).map(\.changed).reduce(0, +) == 100_000)
        #expect(try await store.store(rules(0)).map(\.changed) == [0, 0, 0])
        #expect(try await store.store(rules(1)).map(\.changed).reduce(0, +) == 100_000)
        let found = try await store.rules()
        #expect(found.count == 3 && found.compactMap(\.rule.prefixes?.count).reduce(0, +) == 100_000)
    }

    @Test func workersHearOfEveryChange() async throws {
        let (fixture, store) = try await store()
        let senders = SenderStore(database: fixture.database)
        let listener = fixture.database.dedicatedConnection(name: "listener")
        try await listener.run { try $0.execute("LISTEN herald_configuration") }
        func heard() async throws -> Bool {
            try await listener.run { try $0.notifications(waiting: Patience.duration).contains("herald_configuration") }
        }
        let stored = try await store.store([rule(1, prefixes: ["65"])])[0]
        #expect(try await heard())
        _ = try await store.enable(stored.rule, false)
        #expect(try await heard())
        _ = try await store.remove(stored.rule)
        #expect(try await heard())
        let sender = try await senders.store(SenderIdentity(channel: .sms, value: "HERALD"))
        #expect(try await heard())
        _ = try await senders.remove(sender)
        #expect(try await heard())
        _ = try await fixture.providers.grant(provider: 1, tenant: fixture.tenant.id)
        #expect(try await heard())
        _ = try await fixture.providers.revoke(provider: 1, tenant: fixture.tenant.id, mayOpen: true)
        #expect(try await heard())
        await listener.close()
    }

    @Test func theLastGrantOfASharedAccountGoesOnlyOnPurpose() async throws {
        let (fixture, _) = try await store()
        let region = fixture.tenant.region
        let other = try await fixture.parties.addTenant(name: "other", tier: .paid, region: region, timeZone: "UTC")
        try await fixture.providers.addProvider(name: "own", kind: "sandbox", tenant: fixture.tenant.id, settings: "{}")
        let providers = fixture.providers
        #expect(try await providers.grant(provider: 1, tenant: other.id))
        #expect(try await !providers.grant(provider: 1, tenant: other.id))
        #expect(try await providers.grant(provider: 1, tenant: fixture.tenant.id))
        #expect(try await providers.grants() == [1: [other.id, fixture.tenant.id]])
        #expect(try await providers.revoke(provider: 1, tenant: other.id, mayOpen: false) == .done)
        #expect(try await providers.revoke(provider: 1, tenant: other.id, mayOpen: false) == .unknown)
        #expect(try await providers.revoke(provider: 1, tenant: fixture.tenant.id, mayOpen: false) == .wouldOpen)
        #expect(try await providers.grants() == [1: [fixture.tenant.id]])
        #expect(try await providers.revoke(provider: 1, tenant: fixture.tenant.id, mayOpen: true) == .done)
        #expect(try await providers.revoke(provider: 77, tenant: other.id, mayOpen: true) == .unknown)
        // One with an owner stays the owner's.
        #expect(try await providers.grant(provider: 4, tenant: other.id))
        #expect(try await providers.revoke(provider: 4, tenant: other.id, mayOpen: false) == .done)
    }

    @Test func aSenderForTheSameMessagesIsReplaced() async throws {
        let (fixture, _) = try await store()
        let senders = SenderStore(database: fixture.database)
        let country = try #require(Region("SG"))
        let first = try await senders.store(SenderIdentity(channel: .sms, country: country, provider: 1, value: "A"))
        let second = try await senders.store(SenderIdentity(channel: .sms, country: country, provider: 1, value: "B"))
        let third = try await senders.store(SenderIdentity(tenant: fixture.tenant.id, channel: .sms, value: "C"))
        #expect(first == second && third != first)
        let found = try await senders.senders()
        #expect(found.map(\.sender.value) == ["B", "C"])
        #expect(found[0].providerName == "a" && found[0].sender.country == country && found[1].tenantName == "acme")
        #expect(try await senders.remove(first))
        #expect(try await !senders.remove(first))
    }

    @Test func aProviderThatARuleNamesStays() async throws {
        let (fixture, store) = try await store()
        let stored = try await store.store([rule(1, 2)])[0]
        #expect(try await !fixture.providers.removeProvider(2))
        _ = try await store.remove(stored.rule)
        #expect(try await fixture.providers.removeProvider(2))
    }
}
