import Domain
import Storage

/// `herald route import`: rules from a file, mostly a hundred thousand prefixes with a few ways to go. Rows that differ
/// in nothing but the prefix become one rule; all are stored at once.
enum RouteImport {
    static func command(_ addition: Command) -> Command {
        Command(
            "route import", "add rules from a file; its columns are the options of `route add`", operands: "FILE",
            options: [
                .value("channel", "CHANNEL", "for rows that name none"),
                .value("tenant", "T", "for rows that name none"),
            ],
            example: "herald route import prefixes.csv --channel sms"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            var rows = Rows(addition: addition, names: try await RouteNames(installation), arguments)
            try await RecordReader.read(arguments.operands[0], names: Set(addition.options.map(\.name))) {
                rows.take($0)
            }
            // A file that names nothing sensible changes nothing.
            if !rows.rules.isEmpty {
                let stored = try await installation.routes.store(rows.rules)
                let changed = stored.reduce(0) { $0 + $1.changed }
                rows.tally.add(changed)
                rows.tally.skip(rows.accepted - changed)
            }
            return rows.tally.report("routes", on: screen)
        }
    }

    private struct Rows {
        let addition: Command
        let names: RouteNames
        let arguments: Arguments
        let defaults: [(name: String, value: String)]
        /// The place of each rule, by everything that it says but the prefix. A rule that is refused is refused in
        /// the same words for each of its rows.
        private var places: [String: Result<Int, CommandError>] = [:]
        private(set) var rules: [RouteRule] = []
        private(set) var accepted = 0
        var tally = ImportTally()

        init(addition: Command, names: RouteNames, _ arguments: Arguments) {
            self.addition = addition
            self.names = names
            self.arguments = arguments
            defaults = ["channel", "tenant"].compactMap { name in arguments.text(name).map { (name, $0) } }
        }

        mutating func take(_ record: ImportRecord) {
            if let fault = record.fault { return tally.reject(line: record.line, fault) }
            do throws(CommandError) {
                let prefixes = try Self.prefixes(record)
                let place = try place(of: record, hasPrefixes: !prefixes.isEmpty)
                if !prefixes.isEmpty { rules[place].prefixes?.append(contentsOf: prefixes) }
                accepted += max(prefixes.count, 1)
            } catch {
                tally.reject(line: record.line, error.description)
            }
        }

        private static func prefixes(_ record: ImportRecord) throws(CommandError) -> [NumberPrefix] {
            guard let text = record.values.first(where: { $0.name == "prefix" })?.value else { return [] }
            var prefixes: [NumberPrefix] = []
            for word in text.split(separator: ",") {
                guard let prefix = NumberPrefix(word.trimmingBlanks) else {
                    throw .usage("“\(word)” is no prefix: the first digits of international numbers, 1 to 15.")
                }
                prefixes.append(prefix)
            }
            return prefixes
        }

        private mutating func place(of record: ImportRecord, hasPrefixes: Bool) throws(CommandError) -> Int {
            let missing = defaults.filter { pair in !record.values.contains { $0.name == pair.name } }
            let values = record.values.filter { $0.name != "prefix" } + missing
            let key = (hasPrefixes ? "+" : "") + values.map { "\($0.name)=\($0.value)" }.joined(separator: "\n")
            if let known = places[key] { return try known.get() }
            let result: Result<Int, CommandError>
            do {
                var words = values.filter { $0.name != "disabled" }.map { "--\($0.name)=\($0.value)" }
                let isOff = values.contains {
                    $0.name == "disabled" && ["true", "yes", "1"].contains($0.value.lowercased())
                }
                if isOff { words.append("--disabled") }
                // Checked with a prefix where there is one: not every rule may have any.
                if hasPrefixes { words.append("--prefix=1") }
                var rule = try RouteInput.rule(
                    try Arguments(words, for: addition, environment: arguments.environment), names)
                if hasPrefixes { rule.prefixes = [] }
                rules.append(rule)
                result = .success(rules.count - 1)
            } catch {
                let failure = CommandFailure(error)
                result = .failure(CommandError(code: failure.code, description: failure.text))
            }
            places[key] = result
            return try result.get()
        }
    }
}
