import Domain

/// The settings:
/// ```
/// "url"         where requests go; placeholders after the host: "https://sms.example/send?to={{to}}"
/// "method"      POST unless said
/// "headers"     {"Authorization": "Bearer …"}; Idempotency-Key is added, "" leaves a header out
/// "json"        the body: any JSON value, its texts with placeholders
/// "form"        or a form: {"To": "{{to}}"}
/// "sent", "throttled", "temporary", "permanent", "in_doubt"
///               lists of {"status": [200, "2xx"], "field": "a.b", "equals": ["ok"]}, replacing the default
///               (see ReplyRules); the first that matches decides, in the order throttled, temporary, permanent,
///               in_doubt, sent. 408, 500, 502 and 504 are in doubt: where the provider takes nothing when it answers
///               so, list them in "temporary", together with what else is to be there
/// "throttle_wait_ms"   the wait where a throttled reply names none
/// "reference"          path of the provider's message id; "missing_reference": "in_doubt" or "sent"
/// "cost"               {"field": path, "currency": "USD", "currency_field": path}
/// "connect_timeout_ms", "first_byte_timeout_ms", "timeout_ms", "concurrency", "max_reply_bytes",
/// "http_version" ("1.1" or "2"), "ca_file"
/// ```
/// "concurrency" is for the provider, over all batches; no host gets more than 128 requests at a time.
extension HTTPProviderConfig {
    static let known = [
        "url", "method", "headers", "json", "form", "sent", "throttled", "temporary", "permanent", "in_doubt",
        "throttle_wait_ms", "reference", "missing_reference", "cost",
    ]

    package init(json text: String) throws(ConfigError) {
        guard let object = (try? JSON.parse(text))?.objectValue else {
            throw ConfigError(
                setting: "", problem: "must be a JSON object such as {\"url\": \"https://…\", \"json\": {…}}")
        }
        try self.init(object)
    }

    package init(_ object: JSONObject) throws(ConfigError) {
        var reader = ConfigReader(object)
        guard let address = try reader.text("url") else {
            throw ConfigError(setting: "url", problem: "is missing")
        }
        url = try Self.url(address)
        transport.host = Self.host(address)
        if let method = try reader.text("method") { transport.method = try Self.method(method) }
        let contentType = try readBody(&reader)
        transport.hasBody = body != nil
        headers = try Self.headers(try reader.object("headers") ?? JSONObject(), contentType: contentType)
        try readRules(&reader)

        try transport.read(&reader)
        try reader.finish(known: Self.known + HTTPTransport.known)
    }

    private mutating func readBody(_ reader: inout ConfigReader) throws(ConfigError) -> String? {
        if reader.has("json") && reader.has("form") {
            throw ConfigError(setting: "form", problem: "cannot stand beside \"json\": a request has one body")
        }
        if let json = reader.value("json") {
            var template = RequestTemplate()
            try Self.append(json, to: &template)
            body = template
            return "application/json"
        }
        guard let form = try reader.object("form") else { return nil }
        var template = RequestTemplate()
        for (name, value) in form.sorted(by: { $0.0 < $1.0 }) {
            guard case .string(let text) = value else {
                throw ConfigError(setting: "form.\(name)", problem: "must be a text, not \(value.kindName)")
            }
            if !template.isEmpty { template.append(literal: [0x26]) }
            template.append(literal: Self.percentEncoded(name[...]))
            template.append(literal: [0x3D])
            try Self.placed("form.\(name)") { () throws(RequestTemplateError) in
                try template.append(text: text, escaping: .percent, literal: Self.percentEncoded)
            }
        }
        body = template
        return "application/x-www-form-urlencoded"
    }

    private mutating func readRules(_ reader: inout ConfigReader) throws(ConfigError) {
        rules.sent = try Self.matches("sent", &reader) ?? rules.sent
        rules.throttled = try Self.matches("throttled", &reader) ?? rules.throttled
        rules.temporary = try Self.matches("temporary", &reader) ?? rules.temporary
        rules.permanent = try Self.matches("permanent", &reader) ?? rules.permanent
        rules.inDoubt = try Self.matches("in_doubt", &reader) ?? rules.inDoubt
        rules.throttleWait = try reader.milliseconds("throttle_wait_ms", in: 0...3_600_000) ?? rules.throttleWait
        rules.reference = try reader.path("reference")
        rules.missingReference = try reader.choice("missing_reference") ?? rules.missingReference
        guard let object = try reader.object("cost") else { return }
        var cost = ConfigReader(object, prefix: "cost")
        guard let field = try cost.path("field") else {
            throw ConfigError(setting: "cost.field", problem: "is missing")
        }
        var currency: Currency?
        if let code = try cost.text("currency") {
            currency = Currency(stored: code)
            if currency == nil {
                throw ConfigError(
                    setting: "cost.currency", problem: "must be three letters such as USD, not \"\(code)\"")
            }
        }
        let currencyField = try cost.path("currency_field")
        if currency == nil && currencyField == nil {
            throw ConfigError(setting: "cost.currency", problem: "is missing: give it or \"currency_field\"")
        }
        try cost.finish(known: ["field", "currency", "currency_field"])
        rules.cost = ReplyRules.Cost(field: field, currency: currency, currencyField: currencyField)
    }

    private static func matches(_ name: String, _ reader: inout ConfigReader) throws(ConfigError) -> [ReplyMatch]? {
        guard let list = reader.list(name) else { return nil }
        var matches: [ReplyMatch] = []
        for (index, value) in list.enumerated() {
            let place = "\(name)[\(index)]"
            guard case .object(let object) = value else {
                throw ConfigError(setting: place, problem: "must be an object such as {\"status\": [\"2xx\"]}")
            }
            matches.append(try match(object, place))
        }
        return matches
    }

    private static func match(_ object: JSONObject, _ place: String) throws(ConfigError) -> ReplyMatch {
        var reader = ConfigReader(object, prefix: place)
        var statuses = StatusSet()
        for value in reader.list("status") ?? [.string("2xx")] {
            guard let set = (value.stringValue ?? value.numberText).flatMap({ StatusSet(word: $0) }) else {
                throw ConfigError(setting: place + ".status", problem: "must hold statuses such as 202 or \"2xx\"")
            }
            statuses.formUnion(set)
        }
        var match = ReplyMatch(statuses: statuses, field: try reader.path("field"))
        for value in reader.list("equals") ?? [] {
            switch value {
            case .string(let text): match.equals.append(Array(text.utf8))
            case .bool(let flag): match.equals.append(Array((flag ? "true" : "false").utf8))
            default:
                guard let digits = value.numberText else {
                    throw ConfigError(setting: place + ".equals", problem: "must hold texts or numbers")
                }
                match.equals.append(Array(digits.utf8))
            }
        }
        if match.field == nil && !match.equals.isEmpty {
            throw ConfigError(setting: place + ".field", problem: "is missing: say which field \"equals\" is about")
        }
        try reader.finish(known: ["status", "field", "equals"])
        return match
    }
}
