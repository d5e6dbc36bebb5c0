import Domain

extension PermittedUse {
    /// From a row of `permitted_use` as JSON. A category or channel that this version does not know covers nothing:
    /// an empty list would be open.
    init(json: JSON) throws(StorageError) {
        self.init()
        categories = try Self.set(json, "categories") { $0.intValue.flatMap { Category(code: $0) } }
        channels = try Self.set(json, "channels") { $0.intValue.flatMap { Channel(code: $0) } }
        priorities = try Self.set(json, "priorities") {
            $0.intValue.flatMap { Int16(exactly: $0) }.flatMap { Priority(rawValue: $0) }
        }
        templates = try Self.set(json, "templates") { $0.stringValue }
        countries = try Self.set(json, "countries") { $0.stringValue.flatMap { Region($0) } }
        allowsRaw = json["allows_raw"]?.boolValue ?? false
    }

    private static func set<T: Hashable>(
        _ json: JSON, _ name: String, _ value: (JSON) -> T?
    ) throws(StorageError) -> Set<T> {
        var values: Set<T> = []
        for item in json[name]?.arrayValue ?? [] {
            guard let value = value(item) else { throw .malformed("\(name) of a permitted use") }
            values.insert(value)
        }
        return values
    }

    /// In the words that people use.
    package var json: JSON {
        func list(_ words: [String]) -> JSON { .array(words.sorted().map { .string($0) }) }
        return [
            "categories": list(categories.map(\.rawValue)), "channels": list(channels.map(\.rawValue)),
            "priorities": list(priorities.map(\.word)), "templates": list(Array(templates)),
            "countries": list(countries.map(\.code)), "content": .string(allowsRaw ? "raw" : "template"),
        ]
    }
}
