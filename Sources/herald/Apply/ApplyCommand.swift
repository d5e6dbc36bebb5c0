import Domain
import Foundation

/// `herald apply`: makes true what a file says of providers, grants, prices, routes and senders, and of what sources
/// may send.
enum ApplyCommand {
    static let commands: [Command] = [
        Command(
            "apply", "make true what a file (YAML or JSON) says of providers, prices, routes, senders, permits, limits",
            operands: "FILE",
            options: [
                .flag("dry-run", "only show what would change"),
                .flag("yes", "don't ask; needed where nobody is at a terminal"),
                .flag("prune", "also remove what the file's sections don't list"),
            ],
            example: "PASSWORD=… herald apply samples/herald.yaml --dry-run", run: run)
    ]

    private static func run(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        // Before the database is asked: a wrong file is told at once.
        let file = try ConfigurationFile(path: arguments.operands[0])
        let installation = try await Installation.open(arguments)
        let plan = try await ApplyPlan.of(file, arguments, installation)
        for change in plan.changes { screen.line("\(change.sign.rawValue) \(change.what)") }
        guard !plan.changes.isEmpty else {
            screen.line("nothing to do")
            screen.json(json(plan, applied: false))
            return .done
        }
        let isDry = arguments.has("dry-run")
        if !isDry, try agreed(arguments, plan, screen) {
            try await apply(plan, installation)
            screen.line("applied \(count(plan.changes.count))")
            screen.json(json(plan, applied: true))
            return .done
        }
        screen.line(isDry ? "\(count(plan.changes.count)) to make; nothing was done" : "nothing was done")
        screen.json(json(plan, applied: false))
        return isDry ? .done : .failed
    }

    /// Each step is a transaction of its own. One that fails ends the work; those before it stay, and the next run
    /// goes on from there.
    private static func apply(_ plan: ApplyPlan, _ installation: Installation) async throws {
        for (done, step) in plan.steps.enumerated() {
            do { try await step(installation) } catch {
                let failure = CommandFailure(error)
                guard done > 0 else { throw error }
                throw CommandError.failed(
                    "\(failure.text) What came before was done; run it again for the rest once this is mended.")
            }
        }
    }

    private static func agreed(_ arguments: Arguments, _ plan: ApplyPlan, _ screen: Screen) throws -> Bool {
        if arguments.has("yes") { return true }
        guard screen.isTerminal, isatty(STDIN_FILENO) == 1, arguments.operands[0] != "-" else {
            throw CommandError.usage("Nothing was done: say --yes to make the changes, or --dry-run to only see them.")
        }
        screen.note("Make \(count(plan.changes.count))? Type yes.")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    private static func count(_ number: Int) -> String { number == 1 ? "1 change" : "\(grouped(number)) changes" }

    private static func json(_ plan: ApplyPlan, applied: Bool) -> JSON {
        [
            "changes": .array(
                plan.changes.map { ["sign": .string($0.sign.rawValue), "what": .string($0.what)] }),
            "applied": .bool(applied),
        ]
    }
}
