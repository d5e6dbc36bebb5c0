import Domain
import Foundation
import Storage

/// The command line: finds the command, runs it, and turns what went wrong into a sentence and an exit code.
@main
struct Herald {
    static func main() async {
        // A closed pipe or socket is an error of the write that meets it, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        exit(await run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    private static func run(_ words: [String]) async -> ExitCode {
        let screen = Screen(isJSON: words.contains("--json"))
        if words.isEmpty || words == ["help"] || words == ["--help"] {
            screen.line(CommandTable.overview)
            return words.isEmpty ? .usage : .done
        }
        do {
            let asksForHelp = words.contains("--help") || words.first == "help"
            let path = words.filter { $0 != "--help" && $0 != "help" }
            if asksForHelp {
                if path.count == 1, !CommandTable.all.contains(where: { $0.words == path }),
                    let help = CommandTable.groupHelp(path[0])
                {
                    screen.line(help)
                } else {
                    screen.line(try CommandTable.find(path).command.help)
                }
                return .done
            }
            let (command, rest) = try CommandTable.find(words)
            let arguments = try Arguments(rest, for: command, environment: ProcessInfo.processInfo.environment)
            try arguments.checkOperands(of: command)
            return try await command.run(arguments, screen)
        } catch {
            screen.endProgress()
            let failure = CommandFailure(error)
            screen.note("herald: \(failure.text)")
            screen.json(["error": .string(failure.text)])
            return failure.code
        }
    }
}

/// Any error as a sentence and an exit code.
struct CommandFailure {
    let text: String
    let code: ExitCode

    init(_ error: any Error) {
        switch error {
        case let error as CommandError: (text, code) = (error.description, error.code)
        case let error as any CustomStringConvertible: (text, code) = (error.description, .failed)
        default: (text, code) = (String(describing: error), .failed)
        }
    }
}
