/// How a command ended, as scripts see it.
enum ExitCode: Int32, Sendable {
    case done = 0
    case failed = 1
    case usage = 2
    /// Done, but some rows were rejected or some messages failed.
    case doneWithRejects = 3
}
