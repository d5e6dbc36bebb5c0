import Domain
import Senders

/// The settings of a provider account as a person gives them.
enum ProviderSettings {
    /// Reads `--file` and `--setting key=value`, the latter on top. `headers.Authorization=…` is a member of an
    /// object; what reads as a number, a list, an object, true or false is one, except among headers and form fields.
    static func read(file: String?, inline: String? = nil, pairs: [String]) throws -> SettingsInput {
        var settings = SettingsInput()
        if let text = try inline ?? file.map(ImportSource.text) {
            let bytes = Array(text.utf8)
            let value: JSON
            do throws(JSONError) { value = try JSON.parse(bytes) } catch {
                throw CommandError.failed("The settings are no JSON: \(error.message(in: bytes)).")
            }
            guard let object = value.objectValue else {
                throw CommandError.failed("The settings must be one JSON object.")
            }
            settings.object = object
        }
        for pair in pairs { try settings.set(pair) }
        return settings
    }

    /// The kind by its name, or what kinds there are.
    static func kind(_ text: String) throws -> String {
        let kind = text.lowercased()
        guard ProviderCatalogue.kinds.contains(kind) else {
            throw CommandError.usage(
                "There is no kind “\(text)”. There are \(ProviderCatalogue.kinds.joined(separator: ", ")); `herald provider kinds` tells what each takes."
            )
        }
        return kind
    }

    /// What the adapter itself says about the settings. A password or a sender that was typed as digits looks like a
    /// number: where the adapter wants no number there, it is the text that was typed.
    static func checked(_ input: SettingsInput, kind: String) throws -> JSONObject {
        var input = input
        while true {
            do {
                try ProviderCatalogue.checkNew(kind: kind, settings: JSON.object(input.object).text)
                return input.object
            } catch let error as ConfigError {
                guard input.takeAsText(error.setting) else { throw CommandError.failed(error.description) }
            } catch {
                throw CommandError.failed(CommandFailure(error).text)
            }
        }
    }
}

/// Settings on their way from the command line to an account.
struct SettingsInput: Sendable {
    var object = JSONObject()
    /// What was typed for settings that read as something else than a text.
    private var typed: [String: String] = [:]

    init(_ object: JSONObject = JSONObject()) { self.object = object }

    /// Numbers of a file whose adapter may want a text.
    init(typed object: JSONObject) {
        self.object = object
        for (name, value) in object { typed[name] = value.numberText }
    }

    /// Takes `key=value`; an empty value removes the setting.
    mutating func set(_ pair: String) throws {
        guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else {
            throw CommandError.usage("--setting takes key=value.")
        }
        let path = pair[..<equals].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let text = String(pair[pair.index(after: equals)...])
        guard path.count == 2 else {
            // Not `nil`, which would be JSON's null.
            object[path[0]] = text.isEmpty ? JSON?.none : Self.value(text)
            typed[path[0]] = text
            return
        }
        var inner = object[path[0]]?.objectValue ?? JSONObject()
        let isText = path[0] == "headers" || path[0] == "form"
        inner[path[1]] = text.isEmpty ? JSON?.none : isText ? .string(text) : Self.value(text)
        object[path[0]] = inner.isEmpty ? JSON?.none : .object(inner)
    }

    /// False where the setting is a text already, or was not typed.
    mutating func takeAsText(_ setting: String) -> Bool {
        guard let text = typed[setting], let value = object[setting], value.stringValue == nil else { return false }
        object[setting] = .string(text)
        return true
    }

    /// Puts the settings of another input on top; null removes one.
    mutating func merge(_ other: JSONObject) {
        for (name, value) in other { object[name] = value.isNull ? JSON?.none : value }
    }

    private static func value(_ text: String) -> JSON {
        guard let value = try? JSON.parse(text), !value.isNull, value.stringValue == nil else { return .string(text) }
        return value
    }
}
