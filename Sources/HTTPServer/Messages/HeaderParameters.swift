/// A header's value with parameters: `form-data; name="a"`, `multipart/form-data; boundary=x`. A parameter that comes
/// twice makes the whole unreadable: two readers would take different ones.
struct HeaderParameters {
    /// In lower case.
    let value: String
    private var parameters: [String: String] = [:]

    init?(_ text: Substring) {
        var rest = text.drop { $0 == " " || $0 == "\t" }
        value = rest.prefix { $0 != ";" && $0 != " " && $0 != "\t" }.lowercased()
        rest = rest.drop { $0 != ";" }
        while rest.first == ";" {
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            if rest.isEmpty { break }
            let name = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest.dropFirst(name.count)
            guard !name.isEmpty, rest.first == "=", name.utf8.allSatisfy(RequestHead.isToken) else { return nil }
            rest = rest.dropFirst()
            let content: String
            if rest.first == "\"" {
                guard let quoted = Self.quoted(&rest) else { return nil }
                content = quoted
            } else {
                let bare = rest.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
                content = String(bare)
                rest = rest.dropFirst(bare.count)
            }
            guard parameters.updateValue(content, forKey: name.lowercased()) == nil else { return nil }
            rest = rest.drop { $0 == " " || $0 == "\t" }
            guard rest.isEmpty || rest.first == ";" else { return nil }
        }
    }

    subscript(name: String) -> String? { parameters[name] }

    /// A backslash before a quote takes it in; before anything else it is itself, as browsers send file names.
    private static func quoted(_ rest: inout Substring) -> String? {
        var content = ""
        var isEscaped = false
        for index in rest.indices.dropFirst() {
            let character = rest[index]
            if isEscaped {
                if character != "\"" { content.append("\\") }
                content.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                rest = rest[rest.index(after: index)...]
                return content
            } else {
                content.append(character)
            }
        }
        return nil
    }
}
