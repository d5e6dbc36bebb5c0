import Domain
import Foundation
import Storage
import TestDatabase
import Testing

/// A database whose owner is a plain user of its server, as with a PostgreSQL that somebody else runs.
@Suite(.database) struct PlainOwnerTests {
    private func psql(_ statement: String) async throws {
        try await TestCluster.psql(statement, on: try TestDatabase.current)
    }

    @Test func whatItMayNotMakeAnAdministratorMakesOnce() async throws {
        let parameters = try TestDatabase.current
        let owner = "owner_" + UUID().uuidString.prefix(8).lowercased()
        try await psql(
            "CREATE ROLE \(owner) LOGIN PASSWORD 'plain'; ALTER DATABASE \(parameters.database) OWNER TO \(owner)")
        let url =
            "host='\(parameters.host)' port='\(parameters.port)' user='\(owner)' dbname='\(parameters.database)' password='plain'"
        let database = Database(url: url, connections: 2)
        let error = await #expect(throws: StorageError.self) {
            try await database.run { _ = try Migrations.apply(on: $0) }
        }
        #expect(error?.description.contains("GRANT herald_tenant TO \(owner);") == true, "\(String(describing: error))")

        try await psql(
            """
            DO $$ BEGIN CREATE ROLE herald_tenant NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
            GRANT herald_tenant TO \(owner)
            """)
        try await database.run { _ = try Migrations.apply(on: $0) }
        let parties = PartyStore(database: database, keys: KeyRing(masterKey: [UInt8](repeating: 7, count: 32)))
        for name in ["a", "b"] {
            let tenant = try await parties.addTenant(name: name, tier: .paid, region: .none, timeZone: "UTC")
            try await parties.addSource(tenant: tenant.id, name: "shop")
        }
        for tenant in try await parties.tenants() {
            let seen = try await database.of(tenant: tenant.id).transaction { session in
                try session.query("SELECT tenant FROM source").map { try $0.int("tenant") }
            }
            #expect(seen == [tenant.id])
            await #expect(throws: StorageError.self) {
                try await database.of(tenant: tenant.id).transaction { try $0.execute("CREATE TABLE x (i int)") }
            }
        }
        // Its own temporary tables are its own affair.
        try await database.transaction { try $0.execute("CREATE TEMP TABLE x (i int) ON COMMIT DROP") }
        await database.close()
    }
}
