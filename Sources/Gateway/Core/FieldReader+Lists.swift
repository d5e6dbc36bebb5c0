import Domain

/// Lists, and the words that Herald's things are called by.
extension FieldReader {
    func texts(_ name: String, most: Int = 1000, longest: Int = 256) -> [String]? {
        guard let value = value(name) else { return nil }
        guard let items = value.arrayValue else {
            fault(name, "type", "\(name) must be a list of strings.")
            return nil
        }
        guard items.count <= most else {
            fault(name, "length", "\(name) may have \(most) entries at most.")
            return nil
        }
        var texts: [String] = []
        for (place, item) in items.enumerated() {
            guard let text = item.stringValue else {
                fault(name, "type", "\(name)/\(place) must be a string.")
                return nil
            }
            guard (1...longest).contains(text.utf8.count), text.unicodeScalars.allSatisfy({ $0.value != 0 }) else {
                fault(name, "length", "\(name)/\(place) must have 1 to \(longest) bytes, and no zero byte.")
                return nil
            }
            texts.append(text)
        }
        return texts
    }

    /// Each must be read by `parse`; `sort` says what it is to be: `a country code such as SG`.
    func list<T>(_ name: String, of sort: String, most: Int = 1000, _ parse: (String) -> T?) -> [T]? {
        guard let texts = texts(name, most: most) else { return nil }
        var found: [T] = []
        for text in texts {
            guard let value = parse(text) else {
                fault(name, "choice", "\(name): “\(text.prefix(80))” is not \(sort).")
                return nil
            }
            found.append(value)
        }
        return found
    }

    /// A name of a source, a template or a provider.
    func name(_ field: String = "name") -> String? {
        guard let text = text(field) else {
            if value(field) == nil { fault(field, "required", "\(field) is missing.") }
            return nil
        }
        guard EntityName.isFine(text) else {
            fault(
                field, "name",
                "\(field) must have up to 63 letters, digits, “.”, “_” and “-”, the first a letter or a digit.")
            return nil
        }
        return text
    }

    func channel(_ field: String = "channel") -> Channel? { choice(field, of: Channel.self) }
}

/// What people call their sources, templates and providers.
enum EntityName {
    static func isFine(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.enumerated().allSatisfy { place, byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case 0x2D, 0x2E, 0x5F: place > 0
                default: false
                }
            }
    }
}
