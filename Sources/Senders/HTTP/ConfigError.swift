/// What is wrong with a provider's configuration: where, and what to write instead.
package struct ConfigError: Error, Hashable, CustomStringConvertible {
    /// The setting's place, such as `sent[0].field`; empty for the whole.
    package let setting: String
    package let problem: String

    package init(setting: String, problem: String) {
        self.setting = setting
        self.problem = problem
    }

    package var description: String {
        (setting.isEmpty ? "The provider's configuration" : "The provider's setting \"\(setting)\"")
            + " \(problem)\(problem.hasSuffix("?") || problem.hasSuffix(".") ? "" : ".")"
    }
}
