import Storage
package import Testing

/// The fresh database of the test that is running, where the test or its suite has the trait `.database`.
package enum TestDatabase {
    @TaskLocal fileprivate static var bound: ConnectionParameters?

    package static var current: ConnectionParameters {
        get throws {
            guard let bound else { throw TestDatabaseError.noDatabase }
            return bound
        }
    }

    fileprivate static func with(
        _ parameters: ConnectionParameters, _ body: @Sendable () async throws -> Void
    ) async throws {
        try await $bound.withValue(parameters, operation: body)
    }
}

/// Gives each test, and each case of a parameterised one, an empty database of its own and drops it afterwards.
package struct DatabaseTrait: TestTrait, SuiteTrait, TestScoping {
    package let isRecursive = true

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // A suite itself needs none: its tests have this trait too.
        guard testCase != nil else { return try await function() }
        let database = try await TestCluster.shared.makeDatabase()
        do {
            try await TestDatabase.with(database, function)
        } catch {
            try await TestCluster.shared.dropDatabase(database)
            throw error
        }
        try await TestCluster.shared.dropDatabase(database)
    }
}

extension Trait where Self == DatabaseTrait {
    package static var database: Self { DatabaseTrait() }
}
