import Domain
import Foundation
import Senders

/// The settings of a provider account as a person gives and sees them.
enum ProviderSettings {
    enum Kind: String, CaseIterable {
        case sandbox
        case http
    }

    private static let mask: JSON = "••••"

    /// Reads `--file` and `--setting key=value`, the latter on top. `headers.Authorization=…` is a member of an
    /// object; what reads as a number, a list, an object, true or false is one, except among headers and form fields.
    static func read(file: String?, inline: String? = nil, pairs: [String]) throws -> JSONObject {
        var settings = JSONObject()
        if let text = try inline ?? file.map(ImportSource.text) {
            let bytes = Array(text.utf8)
            let value: JSON
            do throws(JSONError) { value = try JSON.parse(bytes) } catch {
                throw CommandError.failed("The settings are no JSON: \(error.message(in: bytes)).")
            }
            guard let object = value.objectValue else {
                throw CommandError.failed("The settings must be one JSON object.")
            }
            settings = object
        }
        for pair in pairs {
            guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else {
                throw CommandError.usage("--setting takes key=value.")
            }
            let path = pair[..<equals].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            let text = String(pair[pair.index(after: equals)...])
            guard path.count == 2 else {
                settings[path[0]] = value(text)
                continue
            }
            var inner = settings[path[0]]?.objectValue ?? JSONObject()
            inner[path[1]] = path[0] == "headers" || path[0] == "form" ? .string(text) : value(text)
            settings[path[0]] = .object(inner)
        }
        return settings
    }

    private static func value(_ text: String) -> JSON {
        guard let value = try? JSON.parse(text), !value.isNull, value.stringValue == nil else { return .string(text) }
        return value
    }

    /// What the adapter itself says about the settings.
    static func check(_ settings: JSONObject, kind: Kind) throws {
        let text = JSON.object(settings).text
        do throws(ConfigError) {
            switch kind {
            case .sandbox: _ = try SandboxSettings(json: text)
            case .http: _ = try HTTPProviderConfig(json: text)
            }
        } catch {
            throw CommandError.failed(error.description)
        }
    }

    // MARK: Showing

    /// The settings without anything that could be a credential: of headers and bodies only what is a placeholder,
    /// of the address only the host, of settings that we don't know nothing.
    static func masked(_ text: String, kind: String) -> JSON {
        guard let object = (try? JSON.parse(text))?.objectValue else { return mask }
        var shown = JSONObject()
        for (name, value) in object {
            shown[name] =
                switch name {
                case "url": value.stringValue.map { .string(host($0)) } ?? mask
                case "headers", "json", "form": hidden(value)
                case _ where plain.contains(name): value
                default: mask
                }
        }
        return .object(shown)
    }

    private static let plain: Set<String> = [
        "method", "sent", "throttled", "temporary", "permanent", "in_doubt", "throttle_wait_ms", "reference",
        "missing_reference", "cost", "connect_timeout_ms", "first_byte_timeout_ms", "timeout_ms", "concurrency",
        "max_reply_bytes", "http_version", "ca_file", "latency_ms", "jitter_ms", "temporary_rate", "permanent_rate",
        "throttle_rate", "in_doubt_rate", "rate_per_second", "retry_after_ms", "price", "currency", "seed", "magic",
    ]

    /// Paths and queries carry keys as often as headers do.
    private static func host(_ url: String) -> String {
        guard let parts = URLComponents(string: String(url.prefix { $0 != "{" && $0 != "?" })),
            let scheme = parts.scheme,
            let host = parts.host
        else { return "••••" }
        let port = parts.port.map { ":\($0)" } ?? ""
        return "\(scheme)://\(host)\(port)/…"
    }

    private static func hidden(_ value: JSON) -> JSON {
        switch value {
        case .object(let object):
            var shown = JSONObject()
            for (name, value) in object { shown[name] = hidden(value) }
            return .object(shown)
        case .array(let items): return .array(items.map(hidden))
        case .string(let text): return isPlaceholder(text) || text.isEmpty ? value : mask
        case .null, .bool: return value
        case .int, .bigInt, .double: return mask
        }
    }

    private static func isPlaceholder(_ text: String) -> Bool {
        text.hasPrefix("{{") && text.hasSuffix("}}")
            && text.dropFirst(2).dropLast(2).allSatisfy { $0 != "{" && $0 != "}" }
    }
}
