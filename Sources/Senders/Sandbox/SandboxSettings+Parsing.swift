import Domain

/// The settings of a sandbox account:
/// ```
/// "latency_ms", "jitter_ms"       how long an answer takes, and up to how much longer
/// "temporary_rate", "permanent_rate", "throttle_rate", "in_doubt_rate"    shares of one
/// "rate_per_second"               messages taken a second; 0 for no limit
/// "retry_after_ms"                what a throttled message is told to wait
/// "price", "currency"             of a segment: "0.0425" and "SGD"
/// "seed", "magic"                 the fate of messages; whether magic recipients are looked for
/// ```
extension SandboxSettings {
    static let known = [
        "latency_ms", "jitter_ms", "temporary_rate", "permanent_rate", "throttle_rate", "in_doubt_rate",
        "rate_per_second", "retry_after_ms", "price", "currency", "seed", "magic",
    ]

    package init(json text: String) throws(ConfigError) {
        guard let object = (try? JSON.parse(text))?.objectValue else {
            throw ConfigError(setting: "", problem: "must be a JSON object such as {\"latency_ms\": 5}")
        }
        try self.init(object)
    }

    package init(_ object: JSONObject) throws(ConfigError) {
        self.init()
        var reader = ConfigReader(object)
        let day = 0...86_400_000
        latency = try reader.milliseconds("latency_ms", in: day) ?? latency
        jitter = try reader.milliseconds("jitter_ms", in: day) ?? jitter
        temporaryRate = try reader.number("temporary_rate", in: 0...1) ?? temporaryRate
        permanentRate = try reader.number("permanent_rate", in: 0...1) ?? permanentRate
        throttleRate = try reader.number("throttle_rate", in: 0...1) ?? throttleRate
        inDoubtRate = try reader.number("in_doubt_rate", in: 0...1) ?? inDoubtRate
        guard temporaryRate + permanentRate + throttleRate + inDoubtRate <= 1 else {
            throw ConfigError(setting: "in_doubt_rate", problem: "and the other rates must not exceed 1 together")
        }
        if let rate = try reader.integer("rate_per_second", in: 0...10_000_000) {
            ratePerSecond = rate == 0 ? nil : rate
        }
        retryAfter = try reader.milliseconds("retry_after_ms", in: day) ?? retryAfter
        pricePerSegment = try Self.price(&reader)
        if let seed = try reader.integer("seed", in: 0...(1 << 53)) { self.seed = UInt64(seed) }
        if let value = reader.value("magic") {
            guard case .bool(let flag) = value else { throw reader.wrongKind("magic", value, "true or false") }
            magic = flag
        }
        try reader.finish(known: Self.known)
    }

    private static func price(_ reader: inout ConfigReader) throws(ConfigError) -> Money? {
        let value = reader.value("price")
        // The shortest notation of a number is the one that was written.
        let text = value?.stringValue ?? value?.numberText
        if let value, text == nil { throw reader.wrongKind("price", value, "a text such as \"0.0425\"") }
        let code = try reader.text("currency")
        guard let text else {
            if code != nil { throw ConfigError(setting: "price", problem: "is missing: there is a currency") }
            return nil
        }
        let micros: Int64
        do throws(PriceText.Fault) { micros = try PriceText.micros(text) } catch {
            throw ConfigError(setting: "price", problem: "is not usable: \(error)")
        }
        guard let code else { throw ConfigError(setting: "currency", problem: "is missing: there is a price") }
        guard let currency = Currency(stored: code) else {
            throw ConfigError(setting: "currency", problem: "must be three letters such as SGD, not \"\(code)\"")
        }
        return Money(micros: micros, currency: currency)
    }
}
