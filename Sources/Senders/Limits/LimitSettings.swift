import Domain

/// What every provider account may say about how fast it is fed and when it counts as sick, whatever its kind:
/// ```
/// "limit_per_second"   messages that the account takes in a second, over all processes: 30 or 0.5
/// "limit_burst"        how many more at once after a pause; a quarter of a second's worth unless said
/// "limits"             the same by destination country: {"SG": 30, "US": 1}
/// "critical_share"     the share of every limit that is kept for critical messages; 0.2 unless said
/// "breaker"            {"error_share": 0.5, "timeout_share": 0.3, "calls": 10, "hold_ms": 1000,
///                      "longest_hold_ms": 60000}, or false: its health is not judged, so that it is never
///                      taken out by itself and may be tried again without end
/// "dead_share"         the share of addresses that it calls dead (0.2 unless said) from which on it is not believed: they
///                      go on being sent to; 1: it is always believed
/// ```
package struct LimitSettings: Sendable, Hashable {
    package struct Rate: Sendable, Hashable {
        package var perSecond: Double
        /// How many may go at once beyond the steady flow. One is little: who comes a moment late for it loses that
        /// moment, so there is room for two unless something else is said.
        package var burst: Double

        package init(perSecond: Double, burst: Double? = nil) {
            self.perSecond = perSecond
            self.burst = burst ?? max(2, perSecond / 4)
        }
    }

    package var account: Rate?
    package var destinations: [Region: Rate] = [:]
    package var criticalShare = 0.2
    /// Nil: its health is not judged.
    package var breaker: BreakerSettings? = BreakerSettings()
    /// From this share of dead addresses on none is struck off.
    package var deadShare = 0.2
    /// Calls under way at a time, at most; read here, checked by the kinds that have it.
    package var concurrency = 128

    package init() {}
}

extension LimitSettings {
    static let members = ["limit_per_second", "limit_burst", "limits", "critical_share", "breaker", "dead_share"]
    private static let rates = 0.01...1_000_000

    package init(json text: String) throws(ConfigError) {
        guard let object = (try? JSON.parse(text))?.objectValue else {
            throw ConfigError(setting: "", problem: "must be a JSON object such as {\"limit_per_second\": 30}")
        }
        try self.init(object)
    }

    /// Takes no notice of the settings that belong to a kind.
    package init(_ object: JSONObject) throws(ConfigError) {
        var reader = ConfigReader(object)
        let burst = try reader.number("limit_burst", in: 1...Self.rates.upperBound)
        if let rate = try reader.number("limit_per_second", in: Self.rates) {
            account = Rate(perSecond: rate, burst: burst)
        } else if burst != nil {
            throw ConfigError(setting: "limit_per_second", problem: "is missing: there is a \"limit_burst\"")
        }
        if let limits = try reader.object("limits") { destinations = try Self.destinations(limits) }
        criticalShare = try reader.number("critical_share", in: 0...0.9) ?? criticalShare
        deadShare = try reader.number("dead_share", in: 0.01...1) ?? deadShare
        breaker = try BreakerSettings.read(reader.value("breaker")) ?? breaker
        if case .bool(false) = object["breaker"] { breaker = nil }
        if let most = object["concurrency"]?.wholeNumber { concurrency = max(1, most) }
    }

    private static func destinations(_ limits: JSONObject) throws(ConfigError) -> [Region: Rate] {
        var reader = ConfigReader(limits, prefix: "limits")
        var destinations: [Region: Rate] = [:]
        for (name, _) in limits {
            guard name.utf8.count == 2, let region = Region(name) else {
                throw ConfigError(
                    setting: reader.place(name), problem: "must be a country of two letters such as SG")
            }
            destinations[region] = try reader.number(name, in: rates).map { Rate(perSecond: $0) }
        }
        return destinations
    }
}
