import Domain
import Reports
import Storage

/// `herald report show`: a period at a glance, on the terminal.
enum ReportShowCommand {
    static let command = Command(
        "report show", "show volume, deliveries and cost of a month, a week, a day or any days",
        options: [
            .value("month", "MONTH", "such as 2026-03; the default is this month"),
            .value("week", "WEEK", "such as 2026-W09"),
            .value("day", "DAY", "such as 2026-03-01, today, or yesterday"), .value("date", "DAY", "the same as --day"),
            .value("from", "DAY", "or the first day"), .value("to", "DAY", "and the last day"),
            .value("tz", "ZONE", "whose days they are (default: the tenant's, else UTC)"),
            .value("tenant", "T", "only this tenant"),
            .value("currency", "CODE", "amounts in this currency beside those booked"),
        ], example: "herald report show --month 2026-10 --tz Asia/Singapore", run: run)

    private static let barWidth = 32
    private static let mostRows = 12

    private static func run(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let choice = try await ReportChoice(arguments, installation)
        let period = try period(arguments, choice)
        let currency = try ReportChoice.currency(arguments)
        let cost = try await Report.make(
            .cost, period, tenant: choice.tenant, currency: currency, from: installation.usage)
        let delivery = try await Report.make(.delivery, period, tenant: choice.tenant, from: installation.usage)
        let days = try await installation.usage.days(
            from: period.start, to: period.end, zone: period.zone, tenant: choice.tenant?.id)
        show(cost, delivery, days, screen)
        screen.json(json(cost, delivery, days))
        return .done
    }

    private static func period(_ arguments: Arguments, _ choice: ReportChoice) throws -> ReportPeriod {
        let given = [["month"], ["week"], ["day", "date"], ["from", "to"]].filter { names in
            names.contains { arguments.text($0) != nil }
        }
        guard given.count < 2 else {
            throw CommandError.usage(
                "Give one period: --month, --week, --day, or --from and --to; not "
                    + given.map { "--" + ($0.first { arguments.text($0) != nil } ?? "") }.joined(separator: " with ")
                    + ".")
        }
        let today = ReportDay.date(of: .now, zone: choice.zone)
        if arguments.text("week") != nil { return try choice.period(.week, arguments, now: .now) }
        if given == [["from", "to"]] { return try choice.period(.range, arguments, now: .now) }
        if given == [["day", "date"]] { return try choice.period(.day, arguments, now: .now) }
        if arguments.text("month") == nil, let today,
            let month = ReportPeriod(.month, holding: today, zone: choice.zone)
        {
            return month
        }
        return try choice.period(.month, arguments, now: .now)
    }

    // MARK: For people

    private static func show(_ cost: Report, _ delivery: Report, _ days: [DayUsage], _ screen: Screen) {
        let period = cost.period
        let who = cost.tenant.map { "\($0), " } ?? ""
        screen.line("\(period.name) — \(who)\(period.first) to \(period.last), \(period.zone)")
        guard !cost.main.rows.isEmpty else { return screen.line("Nothing was sent.") }
        screen.line()
        let messages = cost.totals.reduce(0) { $0 + $1.messages }
        screen.line("\(grouped(messages)) messages, \(grouped(cost.totals.reduce(0) { $0 + $1.segments })) segments")
        for total in cost.totals where total.cost != 0 {
            let more =
                cost.currency.map { $0.code == total.currency ? "" : " = \(amount(total.converted, $0.code))" } ?? ""
            screen.line("\(amount(total.cost, total.currency))\(more)")
        }
        if !cost.missing.isEmpty {
            let names = cost.missing.prefix(5).map { "\($0.provider) \($0.channel.rawValue) \($0.country)" }
            screen.line(
                "\(grouped(cost.missing.reduce(0) { $0 + $1.attempts })) without a price: \(names.joined(separator: ", "))"
                    + (cost.missing.count > 5 ? ", …" : ""))
        }
        if period.first != period.last { showDays(period, days, screen) }
        for table in cost.tables where ["tenant", "channel", "provider", "country", "source"].contains(table.name) {
            showCost(table, cost.currency, screen)
        }
        showDelivery(delivery, screen)
    }

    private static func showDays(_ period: ReportPeriod, _ days: [DayUsage], _ screen: Screen) {
        let byDay = Dictionary(days.map { ($0.day, $0) }, uniquingKeysWith: { first, _ in first })
        let most = days.map(\.messages).max() ?? 0
        screen.line()
        screen.table(
            ["DAY", "MESSAGES", "", "DELIVERED"],
            period.days.map { day in
                let usage = byDay[day.description]
                return [
                    day.description, grouped(usage?.messages ?? 0),
                    ReportText.bar(usage?.messages ?? 0, of: most, width: barWidth), grouped(usage?.delivered ?? 0),
                ]
            }, rightAligned: [1, 3])
    }

    private static func showCost(_ table: ReportTable, _ currency: Currency?, _ screen: Screen) {
        // Nothing to compare.
        guard Set(table.rows.map { $0[0] }).count > 1 || table.name == "channel" else { return }
        let places = ["messages", "segments", "amount"].compactMap { table.columns.firstIndex(of: $0) }
        let unpriced = table.columns.firstIndex(of: "unpriced")
        let rows = table.rows.sorted { count($0[places[0]]) > count($1[places[0]]) }
        let most = rows.map { count($0[places[0]]) }.max() ?? 0
        screen.line()
        screen.table(
            [table.title.uppercased(), "MESSAGES", "", "SEGMENTS", "COST"],
            rows.prefix(mostRows).map { row in
                let words = row.prefix(2).map(ReportText.cell)
                return [
                    words[0].isEmpty ? "none" : words[0], ReportText.cell(row[places[0]]),
                    ReportText.bar(count(row[places[0]]), of: most, width: barWidth), ReportText.cell(row[places[1]]),
                    words[1].isEmpty
                        ? unpriced.map { count(row[$0]) } ?? 0 > 0 ? "no price" : "no cost"
                        : "\(ReportText.cell(row[places[2]])) \(words[1])",
                ]
            }, rightAligned: [1, 3, 4])
        if rows.count > mostRows { screen.line("and \(rows.count - mostRows) more") }
    }

    private static func showDelivery(_ report: Report, _ screen: Screen) {
        guard let table = report.tables.first(where: { $0.name == "provider" }), !table.rows.isEmpty else { return }
        let shown = ["provider", "messages", "delivered_rate", "failed_rate", "unknown", "p50_seconds", "p99_seconds"]
        let places = shown.compactMap { table.columns.firstIndex(of: $0) }
        screen.line()
        screen.table(
            ["DELIVERY", "MESSAGES", "DELIVERED", "LOST", "UNKNOWN", "HALF WITHIN", "99% WITHIN"],
            table.rows.map { row in
                places.map { place in
                    let text = ReportText.cell(row[place])
                    return text.isEmpty ? "none" : text
                }
            }, rightAligned: Set(1..<places.count))
    }

    private static func count(_ cell: ReportTable.Cell) -> Int64 {
        if case .count(let count) = cell { count } else { 0 }
    }

    // MARK: For machines

    private static func json(_ cost: Report, _ delivery: Report, _ days: [DayUsage]) -> JSON {
        var object = JSONObject()
        object["period"] = [
            "name": .string(cost.period.name), "from": .string(cost.period.first.description),
            "to": .string(cost.period.last.description), "tz": .string(cost.period.zone),
        ]
        object["days"] = .array(
            days.map {
                ["day": .string($0.day), "messages": .int($0.messages), "delivered": .int($0.delivered)]
            })
        for table in cost.tables.dropFirst() { object["cost_\(table.name.replacing("-", with: "_"))"] = table.json }
        for table in delivery.tables.dropFirst() { object["delivery_\(table.name)"] = table.json }
        return .object(object)
    }
}
