import Domain
import Foundation
import Senders

/// A file of configuration: what it lists in each section, in YAML or JSON.
struct ConfigurationFile {
    enum Section: String, CaseIterable {
        case providers, grants, prices, routes, senders, permits, limits
    }

    /// One thing that the file lists.
    struct Item {
        let section: Section
        let place: Int
        let object: JSONObject

        /// As people find it in the file: the first is number 1.
        var name: String { "\(section.rawValue), number \(place + 1)" }

        func fault(_ text: String) -> CommandError { .failed("\(name): \(text)") }

        /// Puts its place in front of what is wrong with it.
        func named<T>(_ body: () throws -> T) throws -> T {
            do { return try body() } catch { throw fault(CommandFailure(error).text) }
        }
    }

    let path: String
    private let items: [Section: [Item]]

    /// Whether the file says anything of a section. What it does not speak of is left alone.
    func has(_ section: Section) -> Bool { items[section] != nil }
    func items(_ section: Section) -> [Item] { items[section] ?? [] }

    init(path: String) throws {
        self.path = path
        let name = path == "-" ? "Standard input" : path
        guard let root = try Self.value(try ImportSource.text(path), name).objectValue else {
            throw CommandError.failed("\(name): there must be sections such as providers: and routes:.")
        }
        var items: [Section: [Item]] = [:]
        for (key, value) in root {
            guard let section = Section(rawValue: key) else {
                let known = Section.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandError.failed("\(name): there is no section “\(key)”; there are \(known).")
            }
            guard let list = value.isNull ? [] : value.arrayValue else {
                throw CommandError.failed("\(name): \(key) must be a list.")
            }
            items[section] = try list.enumerated().map { place, value in
                guard let object = value.objectValue else {
                    throw CommandError.failed("\(name): \(key), number \(place + 1) must have names and values.")
                }
                return Item(section: section, place: place, object: object)
            }
        }
        self.items = items
    }

    private static func value(_ text: String, _ name: String) throws -> JSON {
        if text.first(where: { !$0.isWhitespace }) == "{" {
            let bytes = Array(text.utf8)
            do throws(JSONError) { return try JSON.parse(bytes) } catch {
                throw CommandError.failed("\(name), \(error.message(in: bytes)).")
            }
        }
        do throws(YAMLError) { return try YAML.parse(text) } catch {
            throw CommandError.failed("\(name), \(error).")
        }
    }
}

extension ConfigurationFile.Item {
    /// The item as if it had been typed as options of a command, whose checks then hold here too.
    func arguments(of command: Command, operand: String? = nil) throws -> Arguments {
        try named {
            var words: [String] = []
            var operands: [String] = []
            for (name, value) in object where !value.isNull {
                if let flag = value.boolValue, command.options.contains(where: { $0.name == name && $0.value == nil }) {
                    if flag { words.append("--\(name)") }
                } else if name == operand {
                    operands.append(try text(name, value))
                } else {
                    words.append("--\(name)=\(try text(name, value))")
                }
            }
            let arguments = try Arguments(words + ["--"] + operands, for: command, environment: [:])
            guard operand == nil || operands.count == 1 else {
                throw CommandError.failed("“\(operand ?? "")” is missing.")
            }
            return arguments
        }
    }

    private func text(_ name: String, _ value: JSON) throws -> String {
        if let list = value.arrayValue { return try list.map { try text(name, $0) }.joined(separator: ",") }
        guard let text = value.stringValue ?? value.numberText else {
            throw CommandError.failed("“\(name)” must be a text, a number or a list of them.")
        }
        return text
    }

    /// In few words: `channel sms, prefix +65`.
    func words(without left: String...) -> String {
        object.filter { !left.contains($0.0) && !$0.1.isNull }.map { name, value in
            let list = value.arrayValue ?? [value]
            let shown = list.prefix(3).map { $0.stringValue ?? $0.text }.joined(separator: ",")
            return "\(name) \(shown)" + (list.count > 3 ? " and \(list.count - 3) more" : "")
        }.joined(separator: ", ")
    }
}
