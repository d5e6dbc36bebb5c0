import Domain

/// A parsed command line: operands in order, options by name. Reading a value as something it is not
/// ends the command with a sentence that names the option.
struct Arguments: Sendable {
    private(set) var operands: [String] = []
    private var values: [String: [String]] = [:]
    private var switches: Set<String> = []
    let environment: [String: String]

    init(_ words: [String], for command: Command, environment: [String: String]) throws {
        self.environment = environment
        guard command.ownHelp == nil else {
            operands = words
            return
        }
        let known = Dictionary(
            (command.options + Option.common).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var rest = words[...]
        var onlyOperands = false
        while let word = rest.popFirst() {
            guard !onlyOperands, word.hasPrefix("--") else {
                operands.append(word)
                continue
            }
            if word == "--" {
                onlyOperands = true
                continue
            }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = known[name] else {
                throw CommandError.usage(
                    "`herald \(command.name)` has no option --\(name).\(Self.suggestion(for: name, in: known.keys))")
            }
            guard option.value != nil else {
                guard parts.count == 1 else { throw CommandError.usage("--\(name) takes no value.") }
                switches.insert(name)
                continue
            }
            guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
                throw CommandError.usage("--\(name) needs a value: \(option.value ?? "").")
            }
            guard option.repeats || values[name] == nil else { throw CommandError.usage("--\(name) was given twice.") }
            values[name, default: []].append(value)
        }
    }

    private static func suggestion(for name: String, in known: some Sequence<String>) -> String {
        let near = known.filter { $0.hasPrefix(name.prefix(3)) }.sorted().map { "--" + $0 }
        return near.isEmpty ? " `--help` lists them." : " Did you mean \(near.joined(separator: " or "))?"
    }

    func checkOperands(of command: Command) throws {
        let range = command.operandCount
        if operands.count < range.lowerBound {
            throw CommandError.usage("`herald \(command.name)` needs \(command.operands). `--help` shows an example.")
        }
        if operands.count > range.upperBound {
            throw CommandError.usage(
                command.surplus(self) ?? "`herald \(command.name)` does not take “\(operands[range.upperBound])”.")
        }
    }

    // MARK: Reading

    func has(_ name: String) -> Bool { switches.contains(name) }
    func text(_ name: String) -> String? { values[name]?.last }
    func all(_ name: String) -> [String] { values[name] ?? [] }

    func required(_ name: String) throws -> String {
        guard let value = text(name) else { throw CommandError.usage("--\(name) is missing.") }
        return value
    }

    func integer(_ name: String, in range: ClosedRange<Int> = 0...Int.max) throws -> Int? {
        try text(name).map { text in
            guard let value = Int(text), range.contains(value) else {
                let bounds =
                    range.upperBound == .max
                    ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
                throw CommandError.usage("--\(name) takes a number, \(bounds).")
            }
            return value
        }
    }

    /// A value of a closed set of words.
    func word<T: RawRepresentable & CaseIterable>(_ name: String, of type: T.Type) throws -> T?
    where T.RawValue == String {
        try text(name).map { try Self.word($0, of: type, in: "--" + name) }
    }

    static func word<T: RawRepresentable & CaseIterable>(
        _ text: String, of type: T.Type, in place: String
    ) throws -> T where T.RawValue == String {
        guard let value = T(rawValue: text.lowercased()) else {
            throw CommandError.usage(
                "\(place) is one of \(T.allCases.map(\.rawValue).joined(separator: ", ")), not “\(text)”.")
        }
        return value
    }

    func region(_ name: String) throws -> Region? {
        try text(name).map { text in
            guard let region = Region(text) else {
                throw CommandError.usage("--\(name) takes a country of two letters such as SG, not “\(text)”.")
            }
            return region
        }
    }

    func date(_ name: String) throws -> CivilDate? {
        try text(name).map { text in
            guard let date = CivilDate(text) else {
                throw CommandError.usage("--\(name) takes a day such as 2026-03-01, not “\(text)”.")
            }
            return date
        }
    }
}
