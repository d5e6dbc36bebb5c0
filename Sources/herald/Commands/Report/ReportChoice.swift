import Domain
import Reports
import Storage

/// Which period and whose, as several commands ask for it.
struct ReportChoice {
    let tenant: Tenant?
    let zone: String

    init(_ arguments: Arguments, _ installation: Installation) async throws {
        tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments)
        zone = try arguments.timeZone("tz") ?? tenant?.timeZone ?? "UTC"
    }

    /// The period that is named; without a name the last one that is over.
    func period(_ kind: ReportPeriod.Kind, _ arguments: Arguments, now: Timestamp) throws -> ReportPeriod {
        guard let today = ReportDay.date(of: now, zone: zone),
            let current = ReportPeriod(kind, holding: today, zone: zone), let last = current.previous
        else { throw CommandError.usage("--tz takes a time zone such as Asia/Singapore or UTC, not “\(zone)”.") }
        switch kind {
        case .day:
            let option = try Self.dayOption(arguments)
            switch arguments.text(option) {
            case nil, "yesterday": return last
            case "today": return current
            default:
                guard let day = try arguments.date(option) else { return last }
                return try named(day.description, .day, "--\(option)", "2026-03-01")
            }
        case .week: return try arguments.text("week").map { try named($0, .week, "--week", "2026-W09") } ?? last
        case .month: return try arguments.text("month").map { try named($0, .month, "--month", "2026-03") } ?? last
        case .range:
            guard let from = try arguments.date("from"), let to = try arguments.date("to") else {
                throw CommandError.usage("--from and --to take the first and the last day, such as 2026-03-01.")
            }
            guard from.daysSinceEpoch >= 0 else { throw Self.tooEarly("--from", from.description) }
            guard let period = ReportPeriod(.range, from: from, to: to, zone: zone) else {
                throw CommandError.usage("--to must not lie before --from.")
            }
            return period
        }
    }

    /// Both words mean the day, so that nobody has to know which command takes which.
    static func dayOption(_ arguments: Arguments) throws -> String {
        guard arguments.text("day") == nil || arguments.text("date") == nil else {
            throw CommandError.usage("--day and --date mean the same: give one of them.")
        }
        return arguments.text("day") == nil ? "date" : "day"
    }

    private static func tooEarly(_ option: String, _ text: String) -> CommandError {
        .usage("\(option): \(text) is too early; there is nothing before 1970.")
    }

    private func named(
        _ text: String, _ kind: ReportPeriod.Kind, _ option: String, _ example: String
    ) throws -> ReportPeriod {
        if let year = Int(text.prefix(4)), year < 1970 { throw Self.tooEarly(option, text) }
        guard let period = ReportPeriod(name: text, zone: zone), period.kind == kind else {
            throw CommandError.usage("\(option) takes a \(kind.rawValue) such as \(example), not “\(text)”.")
        }
        return period
    }

    static func currency(_ arguments: Arguments, _ option: String = "currency") throws -> Currency? {
        try arguments.text(option).map { text in
            do throws(CurrencyFault) { return try Currency(named: text) } catch {
                throw CommandError.usage("--\(option): \(error)")
            }
        }
    }
}
