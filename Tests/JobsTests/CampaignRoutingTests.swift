import Domain
import Senders
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Jobs

/// Stored rules on their way to the workers.
@Suite(.database) struct CampaignRoutingTests {
    private struct Bench {
        let database: Database
        let keys = KeyRing(masterKey: [UInt8](repeating: 5, count: 32))
        let tenants: [Int64]
        let registry: ProviderRegistry
        let builder: ContextBuilder

        var providers: ProviderStore { ProviderStore(database: database, keys: keys) }
        var routes: RouteStore { RouteStore(database: database) }

        /// Tenants 0 and 1; providers 1 and 2 open to all, 3 tenant 0's own, 4 with settings that can't be read.
        init() async throws {
            database = Database(url: try TestDatabase.current.connectionString, connections: 4)
            try await database.run { _ = try Migrations.apply(on: $0) }
            let parties = PartyStore(database: database, keys: keys)
            var tenants: [Int64] = []
            for name in ["acme", "other"] {
                let tenant = try await parties.addTenant(
                    name: name, tier: .paid, region: Region("SG") ?? .none, timeZone: "UTC")
                tenants.append(tenant.id)
            }
            self.tenants = tenants
            let store = ProviderStore(database: database, keys: keys)
            for (name, owner) in [("a", nil), ("b", nil), ("own", tenants[0])] as [(String, Int64?)] {
                try await store.addProvider(name: name, kind: "sandbox", tenant: owner, settings: "{}")
            }
            try await store.addProvider(name: "broken", kind: "sandbox", tenant: nil, settings: #"{"latenz":1}"#)
            registry = try ProviderRegistry(store: store)
            builder = ContextBuilder(database: database, keys: keys, registry: registry)
        }

        func routing(tenant: Int = 0) async throws -> CampaignRouting {
            try await builder.routing(
                for: RouteQuestion(
                    tenant: tenants[tenant], source: nil, channel: .sms, category: .otp, priority: .critical))
        }

        func order(_ number: String, tenant: Int = 0) async throws -> [Int64] {
            let routing = try await routing(tenant: tenant)
            let bytes = Array(number.utf8)
            let choice = routing.scope.choose(bytes.span, region: .none, message: MessageID(rawValue: 1))
            return routing.steps(of: choice, region: .none).map(\.provider.id)
        }

        func store(_ providers: Int64..., prefix: String? = nil) async throws {
            var rule = RouteRule(targets: providers.map { RouteRule.Target(provider: $0) })
            rule.prefixes = prefix.flatMap { NumberPrefix($0) }.map { [$0] }
            _ = try await routes.store([rule])
        }
    }

    @Test func eachRecipientHasItsPlanAndNobodyAnothersAccount() async throws {
        let bench = try await Bench()
        try await bench.store(3, 4, 1)
        try await bench.store(2, prefix: "65")
        #expect(try await bench.order("+4412345") == [3, 1])
        #expect(try await bench.order("+4412345", tenant: 1) == [1])
        #expect(try await bench.order("+6512345", tenant: 1) == [2])
        #expect(try await Set(bench.routing().reachable.keys) == [1, 2, 3])
        #expect(try await Set(bench.routing(tenant: 1).reachable.keys) == [1, 2])
        await bench.registry.stop()
    }

    /// A rule sends nowhere that its source may not send.
    @Test func aChannelThatARuleNamesFollowsOnlyWhereItsSourceMaySendByIt() async throws {
        let bench = try await Bench()
        let parties = PartyStore(database: bench.database, keys: bench.keys)
        try await parties.addSource(tenant: bench.tenants[0], name: "shop")
        let source = try #require(try await parties.sources(tenant: bench.tenants[0]).first)
        var rule = RouteRule(targets: [RouteRule.Target(provider: 1)])
        rule.alternates = [.email, .whatsapp]
        _ = try await bench.routes.store([rule])
        func following(_ named: [Channel] = [], source id: Int64?) async throws -> [Channel: Set<Region>?] {
            try await bench.builder.routing(
                for: RouteQuestion(
                    tenant: bench.tenants[0], source: id, channel: .sms, category: .transactional, priority: .normal),
                further: named, content: .template("code")
            ).alternates.mapValues(\.countries)
        }
        // Without any use the scopes alone decide.
        #expect(try await following(source: source.id) == [.email: nil, .whatsapp: nil])
        let rules = SourceRuleStore(database: bench.database)
        let (audit, singapore) = (AuditOrigin(actor: "test", origin: "test"), try #require(Region("SG")))
        var (sms, whatsapp) = (PermittedUse(), PermittedUse())
        sms.channels = [.sms]
        (whatsapp.channels, whatsapp.countries) = ([.whatsapp], [singapore])
        for use in [sms, whatsapp] { _ = try await rules.permit(use, to: source, audit: audit) }
        #expect(try await following(source: source.id) == [.whatsapp: [singapore]])
        // What the sender named was asked about when it was accepted; and the command line is the operator's.
        #expect(try await following([.email], source: source.id) == [.email: nil, .whatsapp: [singapore]])
        #expect(try await following(source: nil) == [.email: nil, .whatsapp: nil])
        await bench.registry.stop()
    }

    @Test func aGrantOpensAndClosesAnAccount() async throws {
        let bench = try await Bench()
        try await bench.store(3, 1)
        _ = try await bench.providers.grant(provider: 3, tenant: bench.tenants[1])
        #expect(try await bench.order("+44123", tenant: 1) == [3, 1])
        _ = try await bench.providers.grant(provider: 1, tenant: bench.tenants[0])
        await bench.builder.forget()
        #expect(try await bench.order("+44123", tenant: 1) == [3])
        #expect(try await bench.order("+44123") == [3, 1])
        await bench.registry.stop()
    }

    /// Even before the table is compiled anew: who may send is asked of the database for each context.
    @Test func aGrantThatWasTakenBackHoldsForTheNextContextAtOnce() async throws {
        let bench = try await Bench()
        try await bench.store(3, 1)
        _ = try await bench.providers.grant(provider: 3, tenant: bench.tenants[1])
        #expect(try await bench.order("+44123", tenant: 1) == [3, 1])
        _ = try await bench.providers.revoke(provider: 3, tenant: bench.tenants[1], mayOpen: false)
        #expect(try await bench.order("+44123", tenant: 1) == [1])
        await bench.registry.stop()
    }

    @Test func rulesChangeWithoutARestart() async throws {
        let bench = try await Bench()
        try await bench.store(1)
        let contexts = ContextCache(
            ledger: LedgerStore(database: bench.database, keys: bench.keys),
            forget: { [builder = bench.builder] in await builder.forget() },
            build: { try await bench.builder.build(campaign: $0) })
        let listener = Listener(
            connection: bench.database.dedicatedConnection(name: "listener"), wake: WakeSignal(),
            onConfiguration: { await contexts.invalidate() })
        let listening = Task { await listener.run() }
        #expect(try await bench.order("+44123") == [1])
        try await bench.store(2)
        // Long before the table would go by itself.
        try await eventually { try await bench.order("+44123") == [2] }
        listening.cancel()
        await listening.value
        await bench.registry.stop()
    }
}
