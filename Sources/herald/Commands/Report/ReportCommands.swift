import Domain
import Reports
import Storage

/// `herald report …`: files for finance and operations, made by cron and by hand.
enum ReportCommands {
    static let commands: [Command] = [
        file(
            .day, "report daily", "write one day's reports: volume and cost, and with --kind deliveries and exceptions",
            .value("date", "DAY", "such as 2026-03-01, today, or yesterday (the default: what cron wants)"),
            .value("day", "DAY", "the same as --date"),
            example: "herald report daily --date 2026-03-01 --tz Asia/Singapore"),
        file(
            .week, "report weekly", "write the reports of an ISO week, Monday to Sunday",
            .value("week", "WEEK", "such as 2026-W09; the default is the last that is over"),
            example: "herald report weekly --week 2026-W09 --kind all"),
        file(
            .month, "report monthly", "write the reports of a calendar month",
            .value("month", "MONTH", "such as 2026-03; the default is the last that is over"),
            example: "herald report monthly --month 2026-03 --kind all --xlsx --currency SGD"),
        Command(
            "report range", "write the reports of any days, the first and the last included",
            options: [
                .value("from", "DAY", "the first day, such as 2026-03-01"), .value("to", "DAY", "the last day"),
            ] + common, example: "herald report range --from 2026-03-01 --to 2026-03-09"
        ) { arguments, screen in
            try await ReportRun(arguments, .range, screen).run()
        },
        ReportShowCommand.command,
        ReconcileCommand.command,
    ]

    private static func file(
        _ kind: ReportPeriod.Kind, _ words: String, _ summary: String, _ choice: Option..., example: String
    ) -> Command {
        let repeats: [Option] = [
            .flag("catch-up", "write those that were missed as well: all behind the first one in the folder")
        ]
        return Command(words, summary, options: choice + repeats + common, example: example) { arguments, screen in
            try await ReportRun(arguments, kind, screen).run()
        }
    }

    private static let common: [Option] = [
        .value("kind", "KIND", "cost (the default), delivery, exceptions, with commas, or all"),
        .value("tz", "ZONE", "whose days they are, such as Asia/Singapore (default: the tenant's, else UTC)"),
        .value("tenant", "T", "only this tenant"),
        .value("currency", "CODE", "amounts in this currency beside those booked, by `herald rate`"),
        .value("out", "DIR", "where the files go (default: reports/ in Herald's folder)"),
        .flag("gzip", "the CSV as .csv.gz"),
        .flag("xlsx", "a workbook beside the CSV, with a sheet for each breakdown"),
        .value("mail-on-failure", "ADDRESS", "tell this address by sendmail if it fails"),
        .value("webhook-on-failure", "URL", "tell this address by a POST of JSON if it fails"),
    ]
}
