import Domain

/// The request's parts as templates: URL, method, headers, JSON body.
extension HTTPProviderConfig {
    static func url(_ text: String) throws(ConfigError) -> RequestTemplate {
        func wrong(_ problem: String) -> ConfigError { ConfigError(setting: "url", problem: problem) }
        let lower = text.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else {
            throw wrong("must begin with https:// or http://")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw wrong("must have no spaces, control characters or letters beyond ASCII")
        }
        guard let slashes = text.firstIndex(of: "/").map({ text.index($0, offsetBy: 2) }) else {
            throw wrong("has no host")
        }
        let end = text[slashes...].firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? text.endIndex
        let host = text[slashes..<end]
        guard !host.isEmpty else { throw wrong("has no host") }
        // A recipient's data must not choose whom we talk to, and a password does not belong into a URL, which gets logged.
        guard !host.contains("{") else { throw wrong("must have no placeholder in its host") }
        guard !host.contains("@") else { throw wrong("must have no user name: put credentials into \"headers\"") }
        var template = RequestTemplate()
        try placed("url") { () throws(RequestTemplateError) in try template.append(text: text, escaping: .percent) }
        return template
    }

    /// Host and port of a url that `url(_:)` took.
    static func host(_ url: String) -> String {
        let lower = url.lowercased()
        let isSecure = lower.hasPrefix("https")
        var place = lower.dropFirst(isSecure ? 8 : 7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if place.last == ":" { place = place.dropLast() }
        // The colons inside an IPv6 address's brackets are no port's.
        let behind = place.lastIndex(of: "]").map { place[$0...] } ?? place
        return behind.contains(":") ? String(place) : place + (isSecure ? ":443" : ":80")
    }

    static func method(_ text: String) throws(ConfigError) -> String {
        let method = text.uppercased()
        guard ["GET", "POST", "PUT", "PATCH"].contains(method) else {
            throw ConfigError(setting: "method", problem: "must be POST, PUT, PATCH or GET, not \"\(text)\"")
        }
        return method
    }

    static func headers(_ object: JSONObject, contentType: String?) throws(ConfigError) -> [Header] {
        var headers: [Header] = []
        var named: Set<String> = []
        for (name, value) in object.sorted(by: { $0.0 < $1.0 }) {
            let place = "headers.\(name)"
            guard case .string(let text) = value else {
                throw ConfigError(setting: place, problem: "must be a text, not \(value.kindName)")
            }
            let isToken = name.utf8.allSatisfy { byte in
                byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0x30 && byte <= 0x39 || byte == 0x2D
                    || byte == 0x5F
            }
            guard isToken, !name.isEmpty else {
                throw ConfigError(setting: place, problem: "is no header name: use letters, digits, - and _")
            }
            guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw ConfigError(setting: place, problem: "must have no line breaks or other control characters")
            }
            guard named.insert(name.lowercased()).inserted else {
                throw ConfigError(setting: place, problem: "stands there twice")
            }
            guard !["content-length", "transfer-encoding", "host", "connection"].contains(name.lowercased()) else {
                throw ConfigError(setting: place, problem: "is set by Herald: leave it out")
            }
            if text.isEmpty { continue }
            headers.append(try header(name, text))
        }
        if let contentType, !named.contains("content-type") { headers.append(try header("Content-Type", contentType)) }
        if !named.contains("idempotency-key") { headers.append(try header("Idempotency-Key", "{{idempotency_key}}")) }
        return headers
    }

    private static func header(_ name: String, _ text: String) throws(ConfigError) -> Header {
        var value = RequestTemplate()
        try placed("headers.\(name)") { () throws(RequestTemplateError) in try value.append(text: text, escaping: .none)
        }
        // A recipient's data could hold a line break and with it a header of its own.
        if let field = value.fields.first(where: { !$0.isPlain }) {
            throw ConfigError(
                setting: "headers.\(name)",
                problem: "must not hold {{\(field.rawValue)}}: put it into the body or the url")
        }
        return Header(name: name, value: value)
    }

    static func append(_ value: JSON, to template: inout RequestTemplate) throws(ConfigError) {
        switch value {
        case .null: template.append(literal: "null".utf8)
        case .bool(let flag): template.append(literal: (flag ? "true" : "false").utf8)
        case .int, .bigInt, .double: template.append(literal: (value.numberText ?? "").utf8)
        case .string("{{data}}"): template.append(field: .data, escaping: .none)
        case .string(let text):
            template.append(literal: [0x22])
            try placed("json") { () throws(RequestTemplateError) in
                try template.append(text: text, escaping: .json, literal: jsonEscaped)
            }
            template.append(literal: [0x22])
        case .array(let list):
            template.append(literal: [0x5B])
            for (index, element) in list.enumerated() {
                if index > 0 { template.append(literal: [0x2C]) }
                try append(element, to: &template)
            }
            template.append(literal: [0x5D])
        case .object(let object):
            template.append(literal: [0x7B])
            for (index, (name, member)) in object.sorted(by: { $0.0 < $1.0 }).enumerated() {
                if index > 0 { template.append(literal: [0x2C]) }
                template.append(literal: [0x22] + jsonEscaped(name[...]) + [0x22, 0x3A])
                try append(member, to: &template)
            }
            template.append(literal: [0x7D])
        }
    }

    static func placed(_ setting: String, _ work: () throws(RequestTemplateError) -> Void) throws(ConfigError) {
        do { try work() } catch { throw ConfigError(setting: setting, problem: error.problem) }
    }

    static func percentEncoded(_ text: Substring) -> [UInt8] { escaped(text, .percent) }

    private static func jsonEscaped(_ text: Substring) -> [UInt8] { escaped(text, .json) }

    private static func escaped(_ text: Substring, _ escaping: ByteEscaping) -> [UInt8] {
        var out = RawBytes(capacity: text.utf8.count)
        Array(text.utf8).withUnsafeBufferPointer { out.append($0, escaping: escaping) }
        return Array(UnsafeBufferPointer(start: out.base, count: out.count))
    }
}
