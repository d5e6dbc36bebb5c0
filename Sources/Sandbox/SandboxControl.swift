import Domain
import Senders

/// Changes a running sandbox by `POST /control`. Settings that are not named stay; a mistake changes
/// nothing.
enum SandboxControl {
    private static let known = [
        "mode", "count", "latency_ms", "jitter_ms", "temporary_rate", "permanent_rate", "throttle_rate",
        "in_doubt_rate", "rate_per_second", "retry_after_ms", "late_ms", "drip_ms", "hang_ms", "magic",
    ]

    static func apply(
        _ object: JSONObject, to state: inout SandboxState, now: Duration
    ) throws(ConfigError) {
        var reader = ConfigReader(object)
        if let mode = reader.value("mode") {
            state.mode = try self.mode(mode)
            state.modeCount = try reader.integer("count", in: 0...1_000_000_000)
        }
        var settings = state.behaviour.settings
        let day = 0...86_400_000
        settings.latency = try reader.milliseconds("latency_ms", in: day) ?? settings.latency
        settings.jitter = try reader.milliseconds("jitter_ms", in: day) ?? settings.jitter
        settings.temporaryRate = try reader.number("temporary_rate", in: 0...1) ?? settings.temporaryRate
        settings.permanentRate = try reader.number("permanent_rate", in: 0...1) ?? settings.permanentRate
        settings.throttleRate = try reader.number("throttle_rate", in: 0...1) ?? settings.throttleRate
        settings.inDoubtRate = try reader.number("in_doubt_rate", in: 0...1) ?? settings.inDoubtRate
        settings.retryAfter = try reader.milliseconds("retry_after_ms", in: day) ?? settings.retryAfter
        if let rate = try reader.integer("rate_per_second", in: 0...10_000_000) {
            settings.ratePerSecond = rate == 0 ? nil : rate
        }
        if let magic = reader.value("magic") { settings.magic = magic != .bool(false) }
        state.faults.lateness = try reader.milliseconds("late_ms", in: day) ?? state.faults.lateness
        state.faults.dripInterval = try reader.milliseconds("drip_ms", in: day) ?? state.faults.dripInterval
        state.faults.hang = try reader.milliseconds("hang_ms", in: day) ?? state.faults.hang
        try reader.finish(known: known)
        state.set(settings, now: now)
    }

    static func describe(_ state: SandboxState) -> [UInt8] {
        var body: [UInt8] = []
        body.append("{\"mode\":")
        if let mode = state.mode, state.modeCount != 0 {
            body.append(jsonString: Array(mode.rawValue.utf8))
            if let count = state.modeCount {
                body.append(",\"count\":")
                body.append(decimal: Int64(count))
            }
        } else {
            body.append("\"normal\"")
        }
        body.append("}\n")
        return body
    }

    /// Nil for the normal behaviour.
    private static func mode(_ value: JSON) throws(ConfigError) -> SandboxVerdict? {
        switch value {
        case .null, .string("normal"): return nil
        case .string(let word):
            if let verdict = SandboxVerdict(rawValue: word) { return verdict }
        default: break
        }
        let words = SandboxVerdict.allCases.map(\.rawValue).joined(separator: ", ")
        throw ConfigError(setting: "mode", problem: "must be normal or one of \(words)")
    }
}
