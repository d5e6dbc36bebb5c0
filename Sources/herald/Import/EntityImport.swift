import Domain
import Ingest

/// Adds many things from a file, each as if `add` had been called for it: the columns are the option names and one
/// more for the operand. A record that is refused is reported with its line and the others are stored.
struct EntityImport: Sendable {
    /// The command whose options the columns are.
    let add: Command
    /// The column of the operand; nil where `add` takes none.
    let operand: String?
    /// What is added, as a plural.
    let what: String

    /// `defaults` stand in for columns that the file doesn't have or leaves empty.
    func run(
        _ arguments: Arguments, _ screen: Screen, defaults: [String] = ["tenant"],
        store: (Arguments) async throws -> Bool
    ) async throws -> ExitCode {
        let given = defaults.compactMap { name in arguments.text(name).map { (name: name, value: $0) } }
        let names = Set(add.options.map(\.name) + [operand].compactMap { $0 })
        var tally = ImportTally()
        try await RecordReader.read(arguments.operands[0], names: names) { record in
            if let fault = record.fault { return tally.reject(line: record.line, fault) }
            do {
                let missing = given.filter { pair in !record.values.contains { $0.name == pair.name } }
                let words = Self.words(record.values + missing, for: add, operand: operand)
                let line = try Arguments(words, for: add, environment: arguments.environment)
                try line.checkOperands(of: add)
                if try await store(line) { tally.add() } else { tally.skip(1) }
            } catch let error as CommandError {
                tally.reject(line: record.line, error.description)
            }
        }
        return tally.report(what, on: screen)
    }

    private static func words(_ values: [(name: String, value: String)], for add: Command, operand: String?) -> [String]
    {
        var words: [String] = []
        var operands: [String] = []
        for (name, value) in values {
            if name == operand {
                operands.append(value)
            } else if add.options.first(where: { $0.name == name })?.value == nil {
                if ["true", "yes", "1"].contains(value.lowercased()) { words.append("--\(name)") }
            } else {
                words.append("--\(name)=\(value)")
            }
        }
        return words + ["--"] + operands
    }
}
