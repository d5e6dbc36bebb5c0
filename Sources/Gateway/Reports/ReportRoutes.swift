import Domain
import HTTPServer
import Reports
import Storage

/// `/v1/reports/usage`: volume and cost, as JSON or, for who asks for `text/csv`, as a table.
enum ReportRoutes {
    private static let longest = 400

    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/reports/usage", "getUsage", scope: .reportsRead) { call in
                let query = try Query(call.request, now: call.now)
                let groups = try await UsageStore(database: call.database).groups(
                    by: query.keys, from: query.first.start, to: query.last.end, zone: query.first.zone,
                    tenant: call.caller.tenant)
                let table = UsageTable(keys: query.keys, groups: groups)
                guard ReportForm(call.request, among: [.json, .csv]) == .csv else {
                    return .json([
                        "from": .string(query.first.date.description), "to": .string(query.last.date.description),
                        "tz": .string(query.first.zone), "group_by": .words(query.keys.map(\.rawValue)),
                        "items": table.json,
                    ]).adding([("Vary", "Accept")])
                }
                return HTTPResponse(
                    status: 200,
                    headers: [
                        ("Content-Type", "text/csv; charset=utf-8"), ("Vary", "Accept"),
                        (
                            "Content-Disposition",
                            "attachment; filename=\"usage-\(query.first.date)-\(query.last.date).csv\""
                        ),
                    ], body: .bytes(table.csv))
            }
        ]
    }

    /// The days are both included, in a time zone of the asker's choice.
    private struct Query {
        let first: ReportDay
        let last: ReportDay
        let keys: [UsageKey]

        init(_ request: HTTPRequest, now: Timestamp) throws(Problem) {
            let zone = request.parameter("tz") ?? "UTC"
            guard let today = ReportDay.date(of: now, zone: zone) else {
                throw .invalid("tz", "time_zone", "tz must be a time zone such as Asia/Singapore or UTC.")
            }
            let from = try ReportRoutes.date(request, "from") ?? today
            let to = try ReportRoutes.date(request, "to") ?? today
            guard from.daysSinceEpoch <= to.daysSinceEpoch, to.daysSinceEpoch - from.daysSinceEpoch < longest,
                let first = ReportDay(from, zone: zone), let last = ReportDay(to, zone: zone)
            else { throw .invalid("to", "range", "to must not lie before from, nor \(longest) days or more after it.") }
            (self.first, self.last) = (first, last)
            var keys: [UsageKey] = []
            for word in (request.parameter("group_by") ?? "channel").split(separator: ",") {
                guard let key = UsageKey(rawValue: String(word)), !keys.contains(key) else {
                    throw .invalid(
                        "group_by", "choice",
                        "group_by must be a list of \(UsageKey.allCases.map(\.rawValue).joined(separator: ", ")), each once."
                    )
                }
                keys.append(key)
            }
            self.keys = keys
        }
    }

    static func date(_ request: HTTPRequest, _ name: String) throws(Problem) -> CivilDate? {
        guard let text = request.parameter(name) else { return nil }
        // Further away there is nothing, and a zone's rules can't be computed for ever.
        guard let date = CivilDate(text), (0...100_000).contains(date.daysSinceEpoch) else {
            throw .invalid(name, "date", "\(name) must be a day such as 2026-03-01.")
        }
        return date
    }
}
