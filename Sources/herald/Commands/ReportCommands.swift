import Domain
import Reports
import Storage

/// `herald report …`: files for finance, made by cron and by hand.
enum ReportCommands {
    static let commands: [Command] = [
        Command(
            "report daily", "write one day's volume and cost as a CSV file",
            options: [
                .value("date", "DAY", "such as 2026-03-01, today, or yesterday (the default: what cron wants)"),
                .value("tz", "ZONE", "whose day it is, such as Asia/Singapore (default UTC)"),
                .value("out", "DIR", "where the file goes (default: reports/ in Herald's folder)"),
                .value("tenant", "T", "only this tenant"),
            ],
            example: "herald report daily --date 2026-03-01 --tz Asia/Singapore"
        ) { arguments, screen in
            let zone = try arguments.timeZone("tz") ?? "UTC"
            let day = try day(arguments, zone: zone, now: .now)
            let installation = try await Installation.open(arguments)
            let tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments)
            let daily = try await DailyReport.make(day, tenant: tenant, from: installation.usage)
            let path = try daily.write(to: arguments.text("out") ?? installation.home.path + "/reports", tenant: tenant)
            let totals = daily.report.totals
            screen.table(
                ["CURRENCY", "MESSAGES", "ATTEMPTS", "SEGMENTS", "COST"],
                totals.map {
                    [
                        $0.currency.isEmpty ? "none" : $0.currency, grouped($0.messages), grouped($0.attempts),
                        grouped($0.segments), amount($0.cost, ""),
                    ]
                }, rightAligned: [1, 2, 3, 4])
            screen.line("\(grouped(daily.report.rows.count)) rows for \(day.date) (\(zone)) in \(path)")
            screen.json([
                "file": .string(path), "date": .string(day.date.description), "tz": .string(zone),
                "from": .string(day.start.description), "to": .string(day.end.description),
                "rows": .int(Int64(daily.report.rows.count)),
                "totals": .array(
                    totals.map { total in
                        [
                            "currency": .string(total.currency), "messages": .int(total.messages),
                            "attempts": .int(total.attempts), "segments": .int(total.segments),
                            "cost": .string(PriceText.decimal(total.cost)),
                        ]
                    }),
            ])
            return .done
        }
    ]

    private static func day(_ arguments: Arguments, zone: String, now: Timestamp) throws -> ReportDay {
        let date: CivilDate?
        switch arguments.text("date") {
        case nil, "yesterday":
            date = ReportDay.date(of: now, zone: zone).map { CivilDate(daysSinceEpoch: $0.daysSinceEpoch - 1) }
        case "today": date = ReportDay.date(of: now, zone: zone)
        default: date = try arguments.date("date")
        }
        guard let date, let day = ReportDay(date, zone: zone) else {
            throw CommandError.usage("--tz takes a time zone such as Asia/Singapore or UTC, not “\(zone)”.")
        }
        return day
    }
}
