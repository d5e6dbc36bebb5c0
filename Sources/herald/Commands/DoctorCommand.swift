import Domain
import Storage

/// `herald doctor`: what is fine and what is not, without changing anything.
enum DoctorCommand {
    static let commands: [Command] = [
        Command(
            "doctor", "look at everything that sending needs, and say what is wrong", example: "herald doctor",
            run: examine)
    ]

    private static func examine(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let home = Installation.home(arguments)
        var findings = await MachineCheckup(home: home, environment: arguments.environment).findings()
        do {
            if let installation = try await Installation.look(arguments) {
                findings += try await DatabaseCheckup(installation: installation).findings()
                await installation.database.close()
            }
        } catch {
            findings.append(.wrong("database", CommandFailure(error).text))
        }
        let width = findings.map(\.subject.count).max() ?? 0
        for finding in findings {
            screen.line("\(finding.state.mark.padding(to: 6))\(finding.subject.padding(to: width + 2))\(finding.text)")
        }
        let wrong = findings.count { $0.state == .wrong }
        let notes = findings.count { $0.state == .note }
        screen.line()
        screen.line(verdict(wrong: wrong, notes: notes))
        screen.json(["healthy": .bool(wrong == 0), "findings": .array(findings.map(\.json))])
        return wrong == 0 ? .done : .failed
    }

    /// Fine is what nothing is to be said about: what is held goes nowhere, though nothing is broken.
    static func verdict(wrong: Int, notes: Int) -> String {
        let more = notes == 0 ? "" : notes == 1 ? " See the note." : " See the \(notes) notes."
        switch wrong {
        case 0: return notes == 0 ? "Everything is fine." : "Nothing is wrong." + more
        case 1: return "One thing is wrong." + more
        default: return "\(wrong) things are wrong." + more
        }
    }
}
