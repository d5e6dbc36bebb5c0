import Domain
import Foundation
import Storage

/// `herald status`: one screen of what runs, what waits and what is wrong.
enum StatusCommand {
    static let commands: [Command] = [
        Command("status", "what runs here, what waits, and how it goes", example: "herald status", run: run)
    ]

    private static func run(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let home = Installation.home(arguments)
        guard let installation = try await Installation.look(arguments) else {
            return await nothing(home, arguments, screen)
        }
        try await installation.database.run { try Migrations.refuseWhileRestored($0) }
        let condition = try await DatabaseCondition.read(from: installation.database)
        try await installation.database.run { try Migrations.refuseUnlessPermitted(condition.schema, $0) }
        guard condition.schema >= Migrations.latest else {
            throw CommandError.failed(
                "The database has version \(condition.schema) of the schema, this program needs \(Migrations.latest). "
                    + "`herald migrate` brings it there.")
        }
        let view = try await StatusView.read(installation, condition, arguments)
        for line in view.lines { screen.line(line) }
        if !view.providers.isEmpty {
            screen.line()
            screen.table(
                ["PROVIDER", "STATE", "RATE/s", "ERRORS", "P99", "IN FLIGHT", "LIMIT"],
                view.providers.map(StatusView.cells), rightAligned: Set(2...6))
        }
        if !view.campaigns.isEmpty {
            screen.line()
            screen.table(["CAMPAIGN", "TENANT", "NAME", "STATE", "DONE"], view.campaigns.map(\.cells))
        }
        try await installation.noteHeldWork(on: screen)
        screen.json(view.json)
        await installation.database.close()
        return .done
    }

    private static func nothing(_ home: HeraldHome, _ arguments: Arguments, _ screen: Screen) async -> ExitCode {
        if let obstacle = HomeAccess.obstacle(home) {
            screen.line("Whether Herald runs here can't be told: \(obstacle).")
            screen.json(["running": .null, "home": .string(home.path), "note": .string(obstacle)])
            return .failed
        }
        let named = !(arguments.environment["HERALD_DATABASE_URL"] ?? "").isEmpty
        screen.line(
            named
                ? "Nothing is known of a Herald here: there is no master key (\(home.masterKeyFile), or HERALD_MASTER_KEY)."
                : "No Herald runs here (\(home.path)). Start it with: herald up")
        // Why, where there is more to it: a restore that was interrupted, data of another version.
        if !named {
            do {
                _ = try await Installation.url(arguments)
            } catch ClusterError.notRunning {
                // Said already.
            } catch { screen.note(CommandFailure(error).text) }
        }
        screen.line("`herald doctor` says what is missing.")
        screen.json(["running": false, "home": .string(home.path)])
        return .failed
    }
}
