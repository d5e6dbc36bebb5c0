import Domain
import Reports
import Storage

/// One run of `herald report daily` and its like: every report that is owed, each into files of its own. What fails is told
/// to whom the command names, because nobody watches cron.
struct ReportRun {
    private let arguments: Arguments
    private let kind: ReportPeriod.Kind
    private let screen: Screen

    init(_ arguments: Arguments, _ kind: ReportPeriod.Kind, _ screen: Screen) {
        self.arguments = arguments
        self.kind = kind
        self.screen = screen
    }

    func run() async throws -> ExitCode {
        let notice = try FailureNotice(arguments)
        do {
            return try await write()
        } catch {
            await notice.tell("herald report \(kind.rawValue): \(CommandFailure(error).text)", screen)
            throw error
        }
    }

    private func write() async throws -> ExitCode {
        let kinds = try kinds()
        let currency = try ReportChoice.currency(arguments)
        let installation = try await Installation.open(arguments)
        let choice = try await ReportChoice(arguments, installation)
        let period = try choice.period(kind, arguments, now: .now)
        guard period.start <= .now else {
            throw CommandError.usage("\(period.name) has not begun in \(choice.zone): there is nothing to report.")
        }
        let folder = try ReportFolder(arguments.text("out") ?? installation.home.path + "/reports")
        let options = ReportFolder.Options(isPacked: arguments.has("gzip"), hasWorkbook: arguments.has("xlsx"))
        var written: [(report: Report, files: ReportFolder.Written)] = []
        for kind in kinds {
            var periods = [period]
            if arguments.has("catch-up") {
                periods = folder.missed(kind, upTo: period, tenant: choice.tenant?.name, most: Self.longestCatchUp)
                if !periods.contains(period) { periods.append(period) }
            }
            for period in periods {
                let report = try await Report.make(
                    kind, period, tenant: choice.tenant, currency: currency, from: installation.usage)
                written.append((report, try folder.write(report, options)))
            }
        }
        // A day that is not over is looked at by hand, and stands for no night's run.
        if period.end <= .now {
            try await RunLog(database: installation.database).note(
                "report \(kind == .day ? "daily" : kind == .range ? "range" : kind.rawValue + "ly")",
                detail: period.name,
                folder: folder.path, newestFirst: kind != .range)
        }
        show(written, choice.zone)
        // Last: a fault of the audit is no fault of the report.
        if self.kind == .day { _ = try await AuditAnchor.write(installation.audit, into: folder.path) }
        return .done
    }

    /// A year of days.
    private static let longestCatchUp = 400

    private func kinds() throws -> [ReportKind] {
        let text = arguments.text("kind") ?? "cost"
        if text == "all" { return ReportKind.allCases }
        return try text.split(separator: ",").map { try Arguments.word(String($0), of: ReportKind.self, in: "--kind") }
    }

    // MARK: What is told

    private func show(_ written: [(report: Report, files: ReportFolder.Written)], _ zone: String) {
        let costs = written.count(where: { $0.report.kind == .cost })
        for (report, files) in written {
            if report.kind == .cost, costs == 1 { totals(of: report) }
            let path = files.files.first ?? ""
            let what = "\(plural(report.main.rows.count, "row")) for \(report.period.name) (\(zone))"
            switch files.kind {
            case .new: screen.line("\(what) in \(path)")
            case .unchanged: screen.line("\(what): nothing has changed in \(path)")
            case .correction(let number): screen.line("\(what) changed: correction \(number) in \(path)")
            }
            warn(of: report)
        }
        let items = written.map(json)
        // One report is one object, as scripts have always read it.
        screen.json(items.count == 1 ? items[0] : .array(items))
    }

    private func totals(of report: Report) {
        var header = ["CURRENCY", "MESSAGES", "ATTEMPTS", "SEGMENTS", "COST", "WITHOUT PRICE"]
        if let currency = report.currency { header.append("IN \(currency.code)") }
        screen.table(
            header,
            report.totals.map {
                [
                    $0.currency.isEmpty ? "none" : $0.currency, grouped($0.messages), grouped($0.attempts),
                    grouped($0.segments), $0.isUnknown ? "" : amount($0.cost, ""), grouped($0.unpriced),
                ] + (report.currency == nil ? [] : [$0.isUnknown ? "" : amount($0.converted, "")])
            }, rightAligned: Set(1..<header.count))
    }

    /// To standard error, so that cron mails it.
    private func warn(of report: Report) {
        guard !report.missing.isEmpty else { return }
        let count = report.missing.reduce(0) { $0 + $1.attempts }
        let names = report.missing.prefix(10).map {
            "\($0.provider) \($0.channel.rawValue)\($0.country.isEmpty ? "" : " \($0.country)") (\(grouped($0.attempts)))"
        }
        screen.note(
            "No price was known for \(grouped(count)) of \(report.period.name): \(names.joined(separator: ", "))"
                + "\(report.missing.count > 10 ? ", …" : ""). They are counted as unpriced; `herald price add` sets prices from now on."
        )
    }

    private func json(_ report: Report, _ files: ReportFolder.Written) -> JSON {
        var correction: JSON = .null
        var status = "written"
        switch files.kind {
        case .new: break
        case .unchanged: status = "unchanged"
        case .correction(let number): (status, correction) = ("corrected", .int(Int64(number)))
        }
        return [
            "report": .string(report.kind.rawValue), "status": .string(status), "correction": correction,
            "file": .string(files.files.first ?? ""), "files": .array(files.files.map { .string($0) }),
            "manifest": .string(files.manifest), "period": .string(report.period.name),
            "date": .string(report.period.first.description), "to_date": .string(report.period.last.description),
            "tz": .string(report.period.zone), "from": .string(report.period.start.description),
            "to": .string(report.period.end.description), "rows": .int(Int64(report.main.rows.count)),
            "totals": .array(
                report.totals.map { total in
                    [
                        "currency": .string(total.currency), "messages": .int(total.messages),
                        "attempts": .int(total.attempts), "segments": .int(total.segments),
                        "cost": .string(PriceText.decimal(total.cost)), "unpriced": .int(total.unpriced),
                    ]
                }),
            "missing_prices": .array(
                report.missing.map {
                    [
                        "provider": .string($0.provider), "channel": .string($0.channel.rawValue),
                        "country": .string($0.country), "attempts": .int($0.attempts),
                    ]
                }),
        ]
    }
}
