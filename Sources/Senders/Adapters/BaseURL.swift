import Domain

/// Where a vendor's API stands: the vendor's own place unless `base_url` says otherwise (another region, a test).
struct BaseURL: Sendable, Hashable {
    /// Without a slash at the end.
    let bytes: [UInt8]
    /// Host and port.
    let host: String

    /// `base` is what a setting that is only a path stands under.
    static func read(
        _ reader: inout ConfigReader, _ name: String = "base_url", usual: String, under base: BaseURL? = nil
    ) throws(ConfigError) -> BaseURL {
        let given = try reader.text(name) ?? usual
        let text = base?.completing(given) ?? given
        let template = try HTTPProviderConfig.url(text)
        guard template.fields.isEmpty, !text.contains("?"), !text.contains("#") else {
            throw ConfigError(setting: reader.place(name), problem: "must be a plain address such as \(usual)")
        }
        var bytes = Array(text.utf8)
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        return BaseURL(bytes: bytes, host: HTTPProviderConfig.host(text))
    }
}

extension BaseURL {
    /// A path alone stands under this place; anything else is an address of its own.
    func completing(_ text: String) -> String {
        text.hasPrefix("/") ? String(decoding: bytes, as: UTF8.self) + text : text
    }
}

extension ConfigReader {
    /// A setting that must be there, and not be empty. Control characters would end up in headers and URLs.
    mutating func required(_ name: String, such example: String = "") throws(ConfigError) -> String {
        guard let text = try plainText(name), !text.isEmpty else {
            throw ConfigError(
                setting: place(name), problem: "is missing" + (example.isEmpty ? "" : ": give it, such as \(example)"))
        }
        return text
    }

    mutating func plainText(_ name: String) throws(ConfigError) -> String? {
        guard let text = try text(name) else { return nil }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw ConfigError(setting: place(name), problem: "must have no control characters")
        }
        return text
    }

    /// A key, whose lines may stand in one setting.
    mutating func key(_ name: String) throws(ConfigError) -> String? {
        try text(name).map { String($0.replacing("\\n", with: "\n")) }
    }

    /// Where the vendor is to report to. The message's own number is added, so that a receipt finds its message even
    /// before the reference is stored.
    mutating func callbackURL(_ name: String = "callback_url") throws(ConfigError) -> [UInt8]? {
        guard let text = try plainText(name) else { return nil }
        guard text.hasPrefix("https://") || text.hasPrefix("http://"), !text.contains("#") else {
            throw ConfigError(
                setting: place(name), problem: "must be an address such as https://herald.example/v1/callbacks/NAME")
        }
        return Array((text + (text.contains("?") ? "&m=" : "?m=")).utf8)
    }
}

extension RawBytes {
    mutating func append(_ text: String) { append(Array(text.utf8)) }

    /// `name=` and a value, `&` before it where something stands already.
    mutating func append(form name: StaticString, _ value: UnsafeBufferPointer<UInt8>) {
        if count > 0 { append(UInt8(ascii: "&")) }
        append(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        append(UInt8(ascii: "="))
        append(value, escaping: .percent)
    }

    mutating func append(form name: StaticString, _ value: [UInt8]) {
        value.withUnsafeBufferPointer { append(form: name, $0) }
    }

    /// A text in a JSON body, with its quotes.
    mutating func append(json value: UnsafeBufferPointer<UInt8>) {
        append(UInt8(ascii: "\""))
        append(value, escaping: .json)
        append(UInt8(ascii: "\""))
    }

    mutating func append(json value: [UInt8]) { value.withUnsafeBufferPointer { append(json: $0) } }
    mutating func append(json value: String) { append(json: Array(value.utf8)) }
}
