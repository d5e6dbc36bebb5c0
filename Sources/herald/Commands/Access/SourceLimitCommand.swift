import Domain
import Storage

/// `herald source limit`: how much a source may have accepted.
enum SourceLimitCommand {
    static let commands: [Command] = [
        Command(
            "source limit", "show or set how many recipients a source may send to", operands: "NAME",
            options: [.tenant] + LimitInput.options,
            example: "herald source limit checkout --rate 50 --per-day 100000"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let source = try await installation.source(arguments.operands[0], arguments)
            var limits = try await installation.sourceRules.limits()[source.id] ?? SourceLimits()
            if LimitInput.options.contains(where: { arguments.text($0.name) != nil }) {
                try LimitInput.change(&limits, arguments)
                try await installation.sourceRules.setLimits(limits, of: source, audit: arguments.audit)
            }
            screen.line("\(source.name): \(LimitInput.text(limits))")
            screen.json(["tenant": .string(source.tenantName), "source": .string(source.name), "limits": limits.json])
            return .done
        }
    ]
}

/// Limits as people type and read them.
enum LimitInput {
    static let options: [Option] = [
        .value("rate", "N", "recipients a second, such as 50 or 0.5; none: not limited"),
        .value("burst", "N", "how many at once after a pause (default: one second's)"),
        .value(
            "critical-rate", "N", "the same for critical messages, which have it to themselves (default: as --rate)"),
        .value("critical-burst", "N", "how many of them at once"),
        .value("per-hour", "N", "recipients in each hour, critical ones too; none: not limited"),
        .value("per-day", "N", "in each day, by UTC"),
        .value("per-month", "N", "in each month, by UTC"),
    ]

    /// Changes what is said and leaves the rest.
    static func change(_ limits: inout SourceLimits, _ arguments: Arguments) throws {
        try change(&limits.rate, "rate", "burst", arguments)
        try change(&limits.criticalRate, "critical-rate", "critical-burst", arguments)
        for period in SourceLimits.Period.allCases {
            guard let text = arguments.text("per-\(period.rawValue)") else { continue }
            limits.quotas[period] =
                try isNone(text)
                ? nil : arguments.integer("per-\(period.rawValue)", in: 1...1_000_000_000_000).map { Int64($0) }
        }
    }

    private static func change(
        _ rate: inout SourceLimits.Rate?, _ name: String, _ burstName: String, _ arguments: Arguments
    ) throws {
        let burst = try arguments.text(burstName).map { try number($0, burstName, from: 1) }
        if let text = arguments.text(name) {
            rate = isNone(text) ? nil : .init(perSecond: try number(text, name, from: 0.01), burst: burst)
        } else if let burst {
            rate?.burst = burst
        }
        guard burst == nil || rate != nil else {
            throw CommandError.usage("--\(burstName) goes with --\(name).")
        }
    }

    private static func isNone(_ text: String) -> Bool { text.lowercased() == "none" }

    private static func number(_ text: String, _ option: String, from least: Double) throws -> Double {
        guard let number = Double(text), number >= least, number <= 1_000_000 else {
            throw CommandError.usage("--\(option) takes a number from \(plain(least)) to 1000000, not “\(text)”.")
        }
        return number
    }

    /// `50 a second (burst 50), 100,000 a day`.
    static func text(_ limits: SourceLimits) -> String {
        var parts: [String] = []
        if let rate = limits.rate { parts.append("\(plain(rate.perSecond)) a second (burst \(plain(rate.burst)))") }
        if let rate = limits.criticalRate {
            parts.append("critical \(plain(rate.perSecond)) a second (burst \(plain(rate.burst)))")
        }
        for period in SourceLimits.Period.allCases {
            if let quota = limits.quotas[period] {
                parts.append("\(grouped(quota)) a\(period == .hour ? "n" : "") \(period.rawValue)")
            }
        }
        return parts.isEmpty ? "not limited" : parts.joined(separator: ", ")
    }

    private static func plain(_ number: Double) -> String {
        number == number.rounded() ? grouped(Int64(number)) : "\(number)"
    }
}
