import Domain
import Storage
import Synchronization
import TestDatabase
import Testing

@testable import Jobs

@Suite(.database) struct AccessCacheTests {
    private let audit = AuditOrigin(actor: "tester", origin: "test")

    /// Time that is moved by hand, both kinds together.
    private final class Hands: Sendable {
        private let passed = Mutex(Duration.zero)
        private let steady = ContinuousClock.now
        let wall = Timestamp.now
        var clock: AccessCache.Clock {
            .init(
                wall: { self.wall + self.passed.withLock { $0 } }, steady: { self.steady + self.passed.withLock { $0 } }
            )
        }
        func pass(_ time: Duration) { passed.withLock { $0 += time } }
    }

    private struct Bench {
        let database: Database
        let store: AccessStore
        let source: Source
        let hands = Hands()
        let cache: AccessCache
        let home: IPAddress

        init() async throws {
            database = Database(url: try TestDatabase.current.connectionString, connections: 4)
            try await database.run { _ = try Migrations.apply(on: $0) }
            let parties = PartyStore(database: database, keys: KeyRing(masterKey: [UInt8](repeating: 7, count: 32)))
            let tenant = try await parties.addTenant(name: "acme", tier: .paid, region: .none, timeZone: "UTC")
            try await parties.addSource(tenant: tenant.id, name: "checkout")
            source = try await parties.sources()[0]
            store = AccessStore(database: database)
            cache = AccessCache(store: store, clock: hands.clock)
            home = try #require(IPAddress("192.0.2.1"))
        }

        func add(
            _ scopes: [Scope] = [.sendOTP], _ change: (inout AccessStore.Draft) throws -> Void = { _ in }
        ) async throws -> APIKeyToken {
            let token = APIKeyToken.make(isTest: false)
            var draft = AccessStore.Draft(token: token, source: source, scopes: scopes)
            try change(&draft)
            try await store.add(draft, audit: AuditOrigin(actor: "tester", origin: "test"))
            return token
        }

        func check(_ token: APIKeyToken, from address: String? = nil) async throws -> String {
            try await check(token.text, from: address)
        }

        /// The source's name, or why not.
        func check(_ text: [UInt8], from address: String? = nil) async throws -> String {
            switch try await cache.check(text, from: address.map { try #require(IPAddress($0)) } ?? home) {
            case .caller(let caller): caller.sourceName
            case .refused(let fault): fault.rawValue
            case .slowed: "slowed"
            }
        }

        /// From now on every query that reads keys draws a number.
        func countQueries() async throws {
            try await database.run { session in
                try session.execute(
                    """
                    CREATE SEQUENCE queries;
                    ALTER TABLE api_key RENAME TO counted;
                    CREATE VIEW api_key AS SELECT * FROM counted WHERE (SELECT nextval('queries')) > 0;
                    """)
            }
        }

        func queries() async throws -> Int64 {
            try await database.run { session in
                try session.query("SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS n FROM queries")[0].int("n")
            }
        }

        /// Makes the table unreadable, so that whoever asks it fails.
        func hideKeys() async throws {
            try await database.run { try $0.execute("ALTER TABLE api_key RENAME TO hidden") }
        }
        func showKeys() async throws {
            try await database.run { try $0.execute("ALTER TABLE hidden RENAME TO api_key") }
        }
    }

    /// Another secret under a name that exists.
    private func forged(_ token: APIKeyToken) -> APIKeyToken { .make(isTest: token.isTest, id: token.id) }

    @Test func aKeyIsReadOnceAndThenAnsweredFromMemory() async throws {
        let bench = try await Bench()
        let token = try await bench.add([.sendOTP, .priorityCritical])
        #expect(bench.cache.quickCheck(token.text, from: bench.home) == nil)
        #expect(try await bench.check(token) == "checkout")
        try await bench.hideKeys()
        for _ in 0..<3 { #expect(try await bench.check(token) == "checkout") }
        guard case .caller(let caller) = bench.cache.quickCheck(token.text, from: bench.home) else {
            Issue.record("not from memory")
            return
        }
        #expect(caller.scopes == ScopeSet([.sendOTP, .priorityCritical]))
        bench.hands.pass(.seconds(61))
        #expect(bench.cache.quickCheck(token.text, from: bench.home) == nil)
        await #expect(throws: StorageError.self) { try await bench.check(token) }
        try await bench.showKeys()
        #expect(try await bench.check(token) == "checkout")
    }

    @Test func guessesNeverReachTheDatabase() async throws {
        let bench = try await Bench()
        let token = try await bench.add()
        #expect(try await bench.check(APIKeyToken.make(isTest: false)) == "unknown")
        try await bench.hideKeys()
        for number in 0..<2000 {
            let guess = APIKeyToken.make(isTest: number % 2 == 0)
            #expect(try await bench.check(guess, from: "2001:db8:0:\(number % 1000)::1") == "unknown")
        }
        // It was never used, and is found all the same.
        try await bench.showKeys()
        #expect(try await bench.check(token) == "checkout")
    }

    @Test func whoGuessesIsSlowedAndARightKeyFromTheSameAddressIsNot() async throws {
        let bench = try await Bench()
        let token = try await bench.add()
        let late = try await bench.add()
        #expect(try await bench.check(token) == "checkout")
        var answers: [String] = []
        for _ in 0..<50 { answers.append(try await bench.check(forged(token))) }
        #expect(answers == Array(repeating: "unknown", count: 20) + Array(repeating: "slowed", count: 30))
        #expect(try await bench.check(Array("nonsense".utf8)) == "slowed")
        #expect(try await bench.check(token) == "checkout")
        #expect(try await bench.check(late) == "checkout")
        #expect(try await bench.check(forged(token), from: "192.0.2.99") == "unknown")
    }

    @Test func aKeyIsGoodFromTheMomentOfTheNotificationAndNotAfterItsEnd() async throws {
        let bench = try await Bench()
        #expect(try await bench.check(APIKeyToken.make(isTest: false)) == "unknown")
        let token = try await bench.add()
        bench.cache.forget()
        #expect(try await bench.check(token) == "checkout")
        #expect(try await bench.store.revoke(token.id, audit: audit))
        bench.cache.forget()
        #expect(try await bench.check(token) == "revoked")
        #expect(try await bench.check(forged(token)) == "unknown")
    }

    @Test func aKeyEndsAtItsTimeWithoutBeingReadAgain() async throws {
        let bench = try await Bench()
        let token = try await bench.add { $0.expiresAt = bench.hands.wall + .seconds(30) }
        #expect(try await bench.check(token) == "checkout")
        bench.hands.pass(.seconds(29))
        #expect(try await bench.check(token) == "checkout")
        bench.hands.pass(.seconds(1))
        #expect(try await bench.check(token) == "expired")
        #expect(try await bench.check(forged(token)) == "unknown")
    }

    @Test func afterARotationBothSecretsHoldUntilTheOverlapEnds() async throws {
        let bench = try await Bench()
        let old = try await bench.add()
        let new = forged(old)
        #expect(try await bench.store.rotate(new, overlap: .seconds(40), audit: audit))
        #expect(try await bench.check(old) == "checkout")
        #expect(try await bench.check(new) == "checkout")
        bench.hands.pass(.seconds(400))
        #expect(try await bench.check(old) == "expired")
        #expect(try await bench.check(new) == "checkout")
        let third = forged(old)
        #expect(try await bench.store.rotate(third, overlap: .seconds(4000), audit: audit))
        bench.cache.forget()
        #expect(try await bench.check(old) == "unknown")
        #expect(try await bench.check(new) == "checkout")
        #expect(try await bench.check(third) == "checkout")
    }

    @Test func aKeyMayBeBoundToNetworks() async throws {
        let bench = try await Bench()
        let token = try await bench.add {
            $0.networks = [try NetworkRange("10.0.0.0/8"), try NetworkRange("2001:db8::/32")]
        }
        for (address, answer) in [
            ("10.1.2.3", "checkout"), ("::ffff:10.1.2.3", "checkout"), ("2001:db8::7", "checkout"),
            ("192.0.2.1", "foreignNetwork"), ("::1", "foreignNetwork"),
        ] {
            #expect(try await bench.check(token, from: address) == answer)
        }
    }

    @Test func anythingButTheKeyItselfIsRefused() async throws {
        let bench = try await Bench()
        let token = try await bench.add()
        #expect(try await bench.check(token) == "checkout")
        for place in token.text.indices {
            var text = token.text
            text[place] ^= 1
            #expect(try await bench.check(text, from: "192.0.2.\(place)") != "checkout")
        }
        // The same key as a test key: the secret is right, the checksum too, and there is no such key.
        #expect(try await bench.check(Array(token.text.dropLast())) == "malformed")
        #expect(try await bench.check(token.text + [0x20]) == "malformed")
        var cut = token.text
        cut[cut.count - 1] ^= 1
        #expect(["mistyped", "malformed"].contains(try await bench.check(cut)))
    }

    @Test func manyAtOnceAreOneQuery() async throws {
        let bench = try await Bench()
        let token = try await bench.add()
        try await bench.countQueries()
        let answers = try await withThrowingTaskGroup { group in
            for _ in 0..<200 { group.addTask { try await bench.check(token) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: "checkout", count: 200))
        // One for the names of all keys, one for the key.
        #expect(try await bench.queries() == 2)
    }

    @Test func whenAKeyWasUsedIsWrittenDownWhateverWasForgotten() async throws {
        let bench = try await Bench()
        let token = try await bench.add()
        let idle = try await bench.add()
        #expect(try await bench.check(token) == "checkout")
        bench.cache.forget()
        try await bench.cache.noteUse()
        #expect(try await bench.store.key(token.id)?.lastUsedAt == bench.hands.wall)
        #expect(try await bench.store.key(idle.id)?.lastUsedAt == nil)
        #expect(try await bench.check(forged(token)) == "unknown")
        bench.hands.pass(.seconds(90))
        try await bench.cache.noteUse()
        #expect(try await bench.store.key(token.id)?.lastUsedAt == bench.hands.wall)
        #expect(try await bench.check(token) == "checkout")
        try await bench.cache.noteUse()
        #expect(try await bench.store.key(token.id)?.lastUsedAt == bench.hands.wall + .seconds(90))
    }
}
