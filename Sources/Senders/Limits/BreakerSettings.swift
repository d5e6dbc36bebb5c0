import Domain

/// When a provider counts as sick, and how long it is then left alone.
package struct BreakerSettings: Sendable, Hashable {
    /// Shares of the last ten seconds' answers, from which on it is out.
    package var errorShare = 0.5
    package var timeOutShare = 0.3
    /// Fewer calls than that say nothing.
    package var fewestCalls = 10
    /// The first time it is out; each relapse doubles it.
    package var hold: Duration = .seconds(1)
    package var longestHold: Duration = .seconds(60)

    package init() {}

    /// Nil where nothing is said.
    static func read(_ value: JSON?) throws(ConfigError) -> BreakerSettings? {
        guard let value else { return nil }
        if case .bool(false) = value { return nil }
        guard case .object(let object) = value else {
            throw ConfigError(
                setting: "breaker",
                problem: "must be an object such as {\"error_share\": 0.5}, or false, not \(value.kindName)")
        }
        var reader = ConfigReader(object, prefix: "breaker")
        var settings = BreakerSettings()
        settings.errorShare = try reader.number("error_share", in: 0.01...1) ?? settings.errorShare
        settings.timeOutShare = try reader.number("timeout_share", in: 0.01...1) ?? settings.timeOutShare
        settings.fewestCalls = try reader.integer("calls", in: 1...10_000) ?? settings.fewestCalls
        let hold = 10...3_600_000
        settings.hold = try reader.milliseconds("hold_ms", in: hold) ?? settings.hold
        settings.longestHold =
            try reader.milliseconds("longest_hold_ms", in: hold) ?? max(settings.longestHold, settings.hold)
        guard settings.longestHold >= settings.hold else {
            throw ConfigError(setting: "breaker.longest_hold_ms", problem: "must not be below \"hold_ms\"")
        }
        try reader.finish(known: ["error_share", "timeout_share", "calls", "hold_ms", "longest_hold_ms"])
        return settings
    }
}
