import Domain

/// Takes settings out of a JSON object one by one, so that every mistake is named by its place, and
/// what nobody took (a misspelt setting) is found at the end.
package struct ConfigReader {
    private var rest: JSONObject
    private let prefix: String

    package init(_ object: JSONObject, prefix: String = "") {
        rest = object
        self.prefix = prefix
    }

    func place(_ name: String) -> String { prefix.isEmpty ? name : prefix + "." + name }

    func has(_ name: String) -> Bool { rest[name] != nil }

    package mutating func value(_ name: String) -> JSON? {
        defer { rest[name] = nil }
        return rest[name]
    }

    package mutating func text(_ name: String) throws(ConfigError) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { throw wrongKind(name, value, "a text") }
        return text
    }

    package mutating func flag(_ name: String) throws(ConfigError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .bool(let flag) = value else { throw wrongKind(name, value, "true or false") }
        return flag
    }

    package mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(ConfigError) -> Int? {
        guard let value = value(name) else { return nil }
        guard let whole = value.wholeNumber else { throw wrongKind(name, value, "a whole number") }
        guard range.contains(whole) else {
            throw ConfigError(
                setting: place(name), problem: "must be from \(range.lowerBound) to \(range.upperBound), not \(whole)")
        }
        return whole
    }

    package mutating func number(_ name: String, in range: ClosedRange<Double>) throws(ConfigError) -> Double? {
        guard let value = value(name) else { return nil }
        guard let number = value.doubleValue else { throw wrongKind(name, value, "a number") }
        guard range.contains(number) else {
            throw ConfigError(
                setting: place(name), problem: "must be from \(range.lowerBound) to \(range.upperBound), not \(number)")
        }
        return number
    }

    package mutating func milliseconds(_ name: String, in range: ClosedRange<Int>) throws(ConfigError) -> Duration? {
        try integer(name, in: range).map { .milliseconds($0) }
    }

    package mutating func object(_ name: String) throws(ConfigError) -> JSONObject? {
        guard let value = value(name) else { return nil }
        guard case .object(let object) = value else { throw wrongKind(name, value, "an object") }
        return object
    }

    /// A list, or a single value that stands for a list of one.
    package mutating func list(_ name: String) -> [JSON]? {
        guard let value = value(name) else { return nil }
        if case .array(let list) = value { return list }
        return [value]
    }

    package mutating func choice<C: RawRepresentable & CaseIterable>(_ name: String) throws(ConfigError) -> C?
    where C.RawValue == String {
        guard let word = try text(name) else { return nil }
        guard let choice = C(rawValue: word) else {
            let words = C.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
            throw ConfigError(setting: place(name), problem: "must be \(words), not \"\(word)\"")
        }
        return choice
    }

    package mutating func path(_ name: String) throws(ConfigError) -> JSONPath? {
        guard let text = try text(name) else { return nil }
        guard let path = JSONPath(text) else {
            throw ConfigError(setting: place(name), problem: "must be a path such as messages.0.id, not \"\(text)\"")
        }
        return path
    }

    /// Whatever the kind: the settings of `LimitSettings` are read by itself.
    package func finish(known: [String]) throws(ConfigError) {
        let common = prefix.isEmpty ? LimitSettings.members : []
        guard let unknown = rest.keys.filter({ !common.contains($0) }).min() else { return }
        let known = known + common
        throw ConfigError(
            setting: place(unknown), problem: "is unknown; there are \(known.sorted().joined(separator: ", "))")
    }

    func wrongKind(_ name: String, _ value: JSON, _ wanted: String) -> ConfigError {
        ConfigError(setting: place(name), problem: "must be \(wanted), not \(value.kindName)")
    }
}
