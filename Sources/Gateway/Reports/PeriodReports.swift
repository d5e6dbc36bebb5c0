import Domain
import HTTPServer
import Reports
import Storage

/// `/v1/reports/cost`, `delivery`, `exceptions`: what `herald report` writes to files, made anew for whoever asks.
enum PeriodReports {
    private static let longest = 400

    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            route(.cost, "/v1/reports/cost", "getCostReport", secured),
            route(.delivery, "/v1/reports/delivery", "getDeliveryReport", secured),
            route(.exceptions, "/v1/reports/exceptions", "getExceptionsReport", secured),
        ]
    }

    private static func route(
        _ kind: ReportKind, _ pattern: String, _ operation: String, _ secured: SecuredRoutes
    ) -> Route {
        secured.route(.get, pattern, operation, scope: .reportsRead) { call in
            let period = try period(call)
            let currency = try currency(call.request)
            let report: Report
            do {
                report = try await Report.make(
                    kind, period, tenant: (call.caller.tenant, call.caller.tenantName), currency: currency,
                    from: UsageStore(database: call.database))
            } catch ReportError.noRate(let from, let to, let day) {
                throw Problem.invalid(
                    "currency", "rate",
                    "There is no rate from \(from.joined(separator: ", ")) to \(to) for \(day) or before. The operator adds one."
                )
            }
            switch ReportForm(call.request, among: ReportForm.allCases) {
            case .json: return .json(json(report)).adding([("Vary", "Accept")])
            case .csv: return file(report.main.csv, report, "csv", "text/csv; charset=utf-8")
            case .workbook:
                let name = ReportFolder.name(kind, period, tenant: nil)
                let book = try Workbook.bytes(report.tables, title: name, created: period.end)
                return file(book, report, "xlsx", ReportForm.workbook.rawValue)
            }
        }
    }

    private static func file(_ bytes: [UInt8], _ report: Report, _ ending: String, _ type: String) -> HTTPResponse {
        let name = "\(ReportFolder.name(report.kind, report.period, tenant: nil)).\(ending)"
        return HTTPResponse(
            status: 200,
            headers: [
                ("Content-Type", type), ("Vary", "Accept"), ("Content-Disposition", "attachment; filename=\"\(name)\""),
            ], body: .bytes(bytes))
    }

    private static func json(_ report: Report) -> JSON {
        var breakdowns = JSONObject()
        for table in report.tables.dropFirst() where table.name != "totals" && table.name != "no-price" {
            breakdowns[table.name] = table.json
        }
        let extra = { (name: String) -> JSON in report.tables.first { $0.name == name }?.json ?? .array([]) }
        return [
            "report": .string(report.kind.rawValue),
            "period": [
                "name": .string(report.period.name), "from": .string(report.period.first.description),
                "to": .string(report.period.last.description), "tz": .string(report.period.zone),
                "start": .string(report.period.start.description), "end": .string(report.period.end.description),
            ],
            "rates": .array(report.rates.map(\.json)),
            "items": report.main.json, "totals": extra("totals"), "missing_prices": extra("no-price"),
            "breakdowns": .object(breakdowns),
        ]
    }

    // MARK: What is asked for

    private static func currency(_ request: HTTPRequest) throws(Problem) -> Currency? {
        guard let text = request.parameter("currency") else { return nil }
        do throws(CurrencyFault) { return try Currency(named: text) } catch {
            throw .invalid("currency", "currency", "currency: \(error)")
        }
    }

    /// A name such as 2026-03, or the first and the last day; without either this month. Days are the tenant's unless
    /// another zone is named.
    private static func period(_ call: APICall) throws(Problem) -> ReportPeriod {
        let zone = call.request.parameter("tz") ?? call.caller.timeZone
        guard let today = ReportDay.date(of: call.now, zone: zone),
            let month = ReportPeriod(.month, holding: today, zone: zone)
        else { throw .invalid("tz", "time_zone", "tz must be a time zone such as Asia/Singapore or UTC.") }
        if let name = call.request.parameter("period") {
            guard let period = ReportPeriod(name: name, zone: zone), isShortEnough(period) else {
                throw .invalid(
                    "period", "period", "period must be a day, a week or a month: 2026-03-01, 2026-W09, 2026-03.")
            }
            return period
        }
        let (first, last) = (try ReportRoutes.date(call.request, "from"), try ReportRoutes.date(call.request, "to"))
        if first == nil && last == nil { return month }
        let (from, to) = (first ?? today, last ?? today)
        guard let period = ReportPeriod(.range, from: from, to: to, zone: zone), isShortEnough(period) else {
            throw .invalid("to", "range", "to must not lie before from, nor \(longest) days or more after it.")
        }
        return period
    }

    private static func isShortEnough(_ period: ReportPeriod) -> Bool {
        period.last.daysSinceEpoch - period.first.daysSinceEpoch < longest
    }
}
