/// One thing that `herald` can do: its words, what it takes, an example, and what runs.
struct Command: Sendable {
    /// `["campaign", "send"]`.
    let words: [String]
    let summary: String
    /// The positional arguments as the help shows them: `FILE`, `[NAME]`, `FILE…`.
    let operands: String
    let options: [Option]
    /// Set where the words after the command are read by another module, which has a help of its own: they
    /// all arrive as operands.
    let ownHelp: String?
    let example: String
    /// What to say instead where there are too many operands, if this command knows better what was meant.
    let surplus: @Sendable (Arguments) -> String?
    let run: @Sendable (Arguments, Screen) async throws -> ExitCode

    init(
        _ words: String, _ summary: String, operands: String = "", options: [Option] = [], ownHelp: String? = nil,
        example: String, surplus: @escaping @Sendable (Arguments) -> String? = { _ in nil },
        run: @escaping @Sendable (Arguments, Screen) async throws -> ExitCode
    ) {
        self.words = words.split(separator: " ").map(String.init)
        self.summary = summary
        self.operands = operands
        self.options = options
        self.ownHelp = ownHelp
        self.example = example
        self.surplus = surplus
        self.run = run
    }

    var name: String { words.joined(separator: " ") }

    /// The fewest and the most positional arguments.
    var operandCount: ClosedRange<Int> {
        if ownHelp != nil { return 0...Int.max }
        let all = operands.split(separator: " ")
        let required = all.count { !$0.hasPrefix("[") }
        return required...(all.contains { $0.contains("…") } ? Int.max : all.count)
    }

    var help: String {
        if let ownHelp { return ownHelp }
        var lines = ["herald \(name)\(operands.isEmpty ? "" : " " + operands) — \(summary)", ""]
        for option in options + Option.common {
            let left = "--\(option.name)\(option.value.map { " " + $0 } ?? "")"
            lines.append("  " + left.padding(to: 26) + option.help)
        }
        lines += ["", "Example:", "  \(example)"]
        return lines.joined(separator: "\n")
    }
}

extension String {
    /// Filled up with spaces; one space at least where it is longer.
    func padding(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
