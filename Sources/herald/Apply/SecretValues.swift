import Domain
import Foundation

/// Puts secrets into settings: `${NAME}` stands for a variable of the environment, a text that begins with `@` for
/// what stands in that file (beside the configuration, unless the path is whole). `$${` and `@@` are plain `${` and
/// `@`. What was put in is never printed.
struct SecretValues {
    let environment: [String: String]
    let folder: URL

    func resolve(_ value: JSON) throws -> JSON {
        switch value {
        case .string(let text): return .string(try resolve(text))
        case .array(let items): return .array(try items.map(resolve))
        case .object(let object):
            var resolved = JSONObject()
            for (name, value) in object { resolved[name] = try resolve(value) }
            return .object(resolved)
        case .null, .bool, .int, .bigInt, .double: return value
        }
    }

    private func resolve(_ text: String) throws -> String {
        if text.hasPrefix("@@") { return String(text.dropFirst()) }
        if text.hasPrefix("@") {
            let path = URL(fileURLWithPath: String(text.dropFirst()), relativeTo: folder).path
            let content = try ImportSource.text(path)
            // Editors end a file with a line end that is no part of a password.
            return content.hasSuffix("\n") ? String(content.dropLast()) : content
        }
        var found = ""
        var rest = text[...]
        while let place = rest.range(of: "${") {
            let before = rest[..<place.lowerBound]
            if before.hasSuffix("$") {
                found += before.dropLast() + "${"
                rest = rest[place.upperBound...]
                continue
            }
            guard let end = rest[place.upperBound...].firstIndex(of: "}") else {
                throw CommandError.failed("a ${ without its }; write $${ for the signs themselves.")
            }
            let name = String(rest[place.upperBound..<end])
            guard let value = environment[name], !value.isEmpty else {
                throw CommandError.failed("the environment has no variable \(name).")
            }
            found += before + value
            rest = rest[rest.index(after: end)...]
        }
        return found + rest
    }
}
