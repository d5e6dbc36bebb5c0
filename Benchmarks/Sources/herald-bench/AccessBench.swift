import Domain
import Foundation
import Jobs
import Storage

/// Checks of keys that are known, one after the other on one core, as each request begins with one; and the least that
/// has to be done for each: hashing the key. A PostgreSQL of its own holds a thousand keys and is gone afterwards.
enum AccessBench {
    private static let keys = 1000
    private static let passes = 500

    static func run() async throws -> String {
        let folder = "/var/tmp/herald-bench-access-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cluster = try await EmbeddedCluster(
            home: HeraldHome(path: folder), environment: ProcessInfo.processInfo.environment, options: .throwaway
        ).start()
        do {
            let line = try await measure(Database(url: cluster.parameters.connectionString))
            try await cluster.stop()
            return line
        } catch {
            try await cluster.stop()
            throw error
        }
    }

    private static func measure(_ database: Database) async throws -> String {
        try await database.run { _ = try Migrations.apply(on: $0) }
        let parties = PartyStore(database: database, keys: KeyRing(masterKey: [UInt8](repeating: 7, count: 32)))
        let tenant = try await parties.addTenant(name: "acme", tier: .paid, region: .none, timeZone: "UTC")
        try await parties.addSource(tenant: tenant.id, name: "checkout")
        let source = try await parties.sources()[0]
        let store = AccessStore(database: database)
        let cache = AccessCache(store: store)
        let address = IPAddress(high: 0, low: 0xFFFF_7F00_0001)
        var tokens: [[UInt8]] = []
        for _ in 0..<keys {
            let token = APIKeyToken.make(isTest: false)
            try await store.add(
                .init(token: token, source: source, scopes: [.sendOTP]), audit: .init(actor: "bench", origin: "bench"))
            tokens.append(token.text)
        }
        for token in tokens {
            guard case .caller = try await cache.check(token, from: address) else { throw Mismatch() }
        }
        await database.close()
        var known = 0
        let rate = Rate.median(of: keys * passes) {
            known = 0
            for _ in 0..<passes {
                for token in tokens {
                    if case .caller = cache.quickCheck(token, from: address) { known += 1 }
                }
            }
        }
        guard known == keys * passes else { throw Mismatch() }
        let hashed = Rate.median(of: keys * passes) {
            for _ in 0..<passes {
                for token in tokens {
                    if let token = APIKeyToken(token) { known &+= SecretHash(token).equals(.none) ? 1 : 0 }
                }
            }
        }
        return "{\"checks\": \(Int(rate)), \"hashes\": \(Int(hashed))}"
    }

    private struct Mismatch: Error {}
}
