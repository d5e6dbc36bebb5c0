import Storage
import TestDatabase
import Testing

@Suite(.database) struct TestDatabaseTests {
    @Test(arguments: [1, 2]) func eachCaseHasADatabaseOfItsOwn(number: Int) async throws {
        let database = try TestDatabase.current
        #expect(database.database != "herald")
        // Would fail in the second case if both had the same database.
        try await TestCluster.psql("CREATE TABLE mine (number int)", on: database)
    }

    @Test func aFailingStatementIsNoticed() async throws {
        let database = try TestDatabase.current
        await #expect(throws: TestDatabaseError.self) {
            try await TestCluster.psql("SELECT * FROM nowhere", on: database)
        }
    }
}
