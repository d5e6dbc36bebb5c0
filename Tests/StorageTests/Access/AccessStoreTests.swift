import Domain
import Storage
import TestDatabase
import Testing

@Suite(.database) struct AccessStoreTests {
    private let audit = AuditOrigin(actor: "tester", origin: "test")

    private struct Bench {
        let fixture: Fixture
        let source: Source
        var store: AccessStore { AccessStore(database: fixture.database) }
        var rules: SourceRuleStore { SourceRuleStore(database: fixture.database) }
        var log: AuditStore { AuditStore(database: fixture.database) }

        init() async throws {
            fixture = try await Fixture()
            try await fixture.parties.addSource(tenant: fixture.tenant.id, name: "checkout")
            source = try await fixture.parties.sources()[0]
        }
    }

    @Test func aKeyIsKeptWithoutItsSecret() async throws {
        let bench = try await Bench()
        let token = APIKeyToken.make(isTest: true)
        var draft = AccessStore.Draft(token: token, source: bench.source, scopes: [.sendOTP, .messagesRead])
        draft.networks = [try NetworkRange("10.0.0.0/8"), try NetworkRange("2001:db8::/32")]
        draft.expiresAt = Timestamp(micros: 4_000_000_000_000_000)
        let key = try await bench.store.add(draft, audit: audit)
        #expect(key.publicID == token.id && key.isTest && key.sourceName == "checkout" && key.tenantName == "acme")
        #expect(key.scopes == ["send:otp", "messages:read"] && key.networks == ["10.0.0.0/8", "2001:db8::/32"])
        #expect(key.expiresAt == draft.expiresAt && key.revokedAt == nil && key.lastUsedAt == nil)
        #expect(try await bench.store.keys(tenant: bench.source.tenant) == [key])
        #expect(try await bench.store.keys(tenant: bench.source.tenant + 1).isEmpty)

        let record = try #require(await bench.store.record(token.id))
        #expect(record.secret.equals(SecretHash(token)) && record.former == nil && record.expiresAt == draft.expiresAt)
        #expect(record.caller.scopes == ScopeSet([.sendOTP, .messagesRead]) && record.caller.isTest)
        #expect(record.caller.sourceName == "checkout" && record.caller.tenant == bench.source.tenant)
        #expect(record.caller.region.code == "SG" && record.caller.limits.isEmpty)
        let secret = String(decoding: token.text, as: UTF8.self)
        let dump = try await bench.fixture.database.run { session in
            try session.query(
                "SELECT (SELECT string_agg(k::text, '') FROM api_key k) || (SELECT string_agg(a::text, '') FROM admin_audit a) AS all"
            )[0]
            .text("all")
        }
        #expect(!dump.contains(secret.suffix(49)))
    }

    @Test func twoSecretsHoldAtATimeAndAThirdEndsTheFirst() async throws {
        let bench = try await Bench()
        let first = APIKeyToken.make(isTest: false)
        try await bench.store.add(.init(token: first, source: bench.source, scopes: [.admin]), audit: audit)
        let second = APIKeyToken.make(isTest: false, id: first.id)
        #expect(try await bench.store.rotate(second, overlap: .seconds(3600), audit: audit))
        var record = try #require(await bench.store.record(first.id))
        #expect(record.secret.equals(SecretHash(second)) && record.former?.secret.equals(SecretHash(first)) == true)
        let lasts = try #require(record.former).until - .now
        #expect(lasts > .seconds(3000) && lasts < .seconds(4200))
        let third = APIKeyToken.make(isTest: false, id: first.id)
        #expect(try await bench.store.rotate(third, overlap: .zero, audit: audit))
        record = try #require(await bench.store.record(first.id))
        #expect(record.secret.equals(SecretHash(third)) && record.former?.secret.equals(SecretHash(second)) == true)
        #expect(try await bench.store.revoke(first.id, audit: audit))
        record = try #require(await bench.store.record(first.id))
        #expect(record.revokedAt != nil && record.former == nil)
        #expect(try await !bench.store.revoke(first.id, audit: audit))
        #expect(try await !bench.store.rotate(third, overlap: .zero, audit: audit))
        // What made the bench, the database itself wrote down.
        let actions = try await bench.log.entries().filter { $0.actor == "tester" }.map(\.action)
        #expect(actions == ["key.revoke", "key.rotate", "key.rotate", "key.add"])
    }

    @Test func aKeyEndsWithItsSourceAndItsTenant() async throws {
        let bench = try await Bench()
        let token = APIKeyToken.make(isTest: false)
        try await bench.store.add(.init(token: token, source: bench.source, scopes: [.admin]), audit: audit)
        #expect(try await bench.store.record(token.id)?.revokedAt == nil)
        _ = try await bench.fixture.parties.removeTenant(bench.source.tenant)
        #expect(try await bench.store.record(token.id)?.revokedAt != nil)
        _ = try await bench.fixture.database.run { session in
            try session.execute("UPDATE tenant SET removed_at = NULL")
        }
        _ = try await bench.fixture.parties.removeSource(bench.source.id)
        #expect(try await bench.store.record(token.id)?.revokedAt != nil)
    }

    @Test func aKeyOfAnotherTenantsSourceCanNotBeStored() async throws {
        let bench = try await Bench()
        let other = try await bench.fixture.parties.addTenant(name: "b", tier: .free, region: .none, timeZone: "UTC")
        await #expect(throws: StorageError.self) {
            try await bench.fixture.database.run { session in
                try session.execute(
                    "INSERT INTO permitted_use (tenant, source) VALUES ($1, $2)",
                    [.int(other.id), .int(bench.source.id)])
            }
        }
    }

    @Test func usesAndLimitsComeBackAsTheyWereSaid() async throws {
        let bench = try await Bench()
        var use = PermittedUse()
        use.categories = [.otp, .marketing]
        use.channels = [.sms, .inapp]
        use.priorities = [.critical, .low]
        use.templates = ["a,b", "c\"d"]
        use.countries = [Region("SG") ?? .none]
        use.allowsRaw = true
        let id = try #require(await bench.rules.permit(use, to: bench.source, audit: audit))
        #expect(try await bench.rules.permit(use, to: bench.source, audit: audit) == nil)
        #expect(try await bench.rules.permit(PermittedUse(), to: bench.source, audit: audit) != nil)
        #expect(try await bench.rules.uses(source: bench.source.id).map(\.use) == [use, PermittedUse()])
        var limits = SourceLimits()
        limits.rate = .init(perSecond: 0.5, burst: 20)
        limits.quotas = [.day: 1000, .month: 1 << 40]
        try await bench.rules.setLimits(limits, of: bench.source, audit: audit)
        #expect(try await bench.rules.limits() == [bench.source.id: limits])
        let token = APIKeyToken.make(isTest: false)
        try await bench.store.add(.init(token: token, source: bench.source, scopes: [.admin]), audit: audit)
        let caller = try #require(await bench.store.record(token.id)).caller
        #expect(caller.uses.uses == [use, PermittedUse()] && caller.limits == limits)

        #expect(try await bench.rules.forbid(id + 7, of: bench.source, mayOpen: true, audit: audit) == .unknown)
        #expect(try await bench.rules.forbid(id, of: bench.source, mayOpen: false, audit: audit) == .done)
        let last = try await bench.rules.uses()[0].id
        #expect(try await bench.rules.forbid(last, of: bench.source, mayOpen: false, audit: audit) == .wouldOpen)
        #expect(try await bench.rules.forbid(last, of: bench.source, mayOpen: true, audit: audit) == .done)
        try await bench.rules.setLimits(SourceLimits(), of: bench.source, audit: audit)
        #expect(try await bench.rules.limits().isEmpty)
        let log = try await bench.log.entries(tenant: bench.source.tenant).filter { $0.actor == "tester" }
        #expect(
            log.map(\.action) == [
                "source.limit", "source.forbid", "source.forbid", "key.add", "source.limit", "source.permit",
                "source.permit",
            ])
        #expect(log[0].before?.contains("1099511627776") == true && log[0].actor == "tester" && log[0].origin == "test")
        #expect(try await bench.log.entries(before: log[4].id, limit: 1) == [log[5]])
    }

    @Test func useIsWrittenDownOnceAMinute() async throws {
        let bench = try await Bench()
        let token = APIKeyToken.make(isTest: false)
        let key = try await bench.store.add(.init(token: token, source: bench.source, scopes: [.admin]), audit: audit)
        let start = Timestamp(micros: 1_700_000_000_000_000)
        for (seconds, written) in [(0, 0), (59, 0), (60, 60), (30, 60), (120, 120)] {
            try await bench.store.noteUse([key.id: start + .seconds(seconds), key.id + 1: start])
            #expect(try await bench.store.key(token.id)?.lastUsedAt == start + .seconds(written))
        }
    }

    @Test(arguments: ["UPDATE admin_audit SET actor = 'x'", "DELETE FROM admin_audit", "TRUNCATE admin_audit"])
    func theLogIsOnlyAddedTo(statement: String) async throws {
        let bench = try await Bench()
        try await bench.log.add([AuditEntry("access.refuse", "checkout", by: audit, tenant: nil)])
        let error = await #expect(throws: StorageError.self) {
            try await bench.fixture.database.run { try $0.execute(statement) }
        }
        #expect(error?.description == "Entries of admin_audit are never changed and never removed.")
        #expect(try await bench.log.entries().count { $0.actor == "tester" } == 1)
    }
}
