/// What ends a command early: what happened, and what to do.
struct CommandError: Error, CustomStringConvertible {
    let code: ExitCode
    let description: String

    /// The command line itself is wrong.
    static func usage(_ text: String) -> CommandError { CommandError(code: .usage, description: text) }
    static func failed(_ text: String) -> CommandError { CommandError(code: .failed, description: text) }
}
