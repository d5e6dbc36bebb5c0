/// One `--name` that a command takes.
struct Option: Sendable {
    let name: String
    /// What stands for the value in the help; nil for a switch.
    let value: String?
    let help: String
    /// May be given more than once.
    let repeats: Bool

    static func value(_ name: String, _ value: String, _ help: String, repeats: Bool = false) -> Option {
        Option(name: name, value: value, help: help, repeats: repeats)
    }

    static func flag(_ name: String, _ help: String) -> Option {
        Option(name: name, value: nil, help: help, repeats: false)
    }

    static let archiveFolder = value("archive-folder", "DIR", "where archives are that were moved")

    /// What somebody may have signed for or handed on is not lost by asking again.
    static let replaces = flag("replace", "write over a file that is there")

    /// What every command takes.
    static let common: [Option] = [
        .value("home", "DIR", "Herald's folder (default ./var, or HERALD_HOME)"),
        .flag("json", "print JSON, for machines"),
        .flag("help", "show this"),
    ]
}
