import Domain
import Foundation
import Storage

/// Bringing the schema up to date as a step of its own, before the first process of a new version.
enum MigrateCommand {
    static let commands: [Command] = [
        Command(
            "migrate", "bring the database's schema to this version, while older processes go on",
            example: "HERALD_DATABASE_URL=postgresql://… herald migrate", run: migrate)
    ]

    private static func migrate(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        // Whoever opens an installation brings it up to date; here it is said what was done.
        let url = try await Installation.url(arguments)
        let database = Database(url: url, connections: 1)
        let applied = try await database.run { try Migrations.apply(on: $0) }
        let schema = try await DatabaseCondition.read(from: database).schema
        await database.close()
        if applied > 0 {
            screen.line("The schema is now version \(schema); \(applied) migrations were applied.")
        } else if schema > Migrations.latest {
            screen.line(
                "The schema is version \(schema), newer than this program (\(Migrations.latest)), which can work beside it. "
                    + "Upgrade this program when you can.")
        } else {
            screen.line("The schema is version \(schema), which is what this program needs. Nothing was done.")
        }
        screen.json(["schema": .int(Int64(schema)), "applied": .int(Int64(applied))])
        return .done
    }
}
