import Domain
import HTTPServer
import Reports
import Storage

/// `GET /v1/ledger`: what was sent and what became of it, row by row, by anything that is known of it. A page of JSON, or,
/// for who asks for `text/csv`, all that fits as a stream.
enum LedgerRoutes {
    private static let most = 200

    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/ledger", "searchLedger") { call in
                let query = try await LedgerFilter(call: call).query()
                let shown = try Unmasking.asked(call, among: [.to])
                if ReportForm(call.request, among: [.json, .csv]) == .csv {
                    return try await table(query, shown, call)
                }
                return try await page(query, shown, call)
            }
        ]
    }

    private static func page(
        _ query: LedgerQuery, _ shown: Set<Unmasking>, _ call: APICall
    ) async throws -> HTTPResponse {
        let limit = try limit(call.request)
        let cursor = try cursor(call.request)
        let archives = ArchivedRows(query, call: call)
        let found: ArchiveAnswer
        do {
            found = try await archives.search(
                after: cursor, limit: limit + 1, isAsked: ArchivedRows.areAsked(call.request))
        } catch let error as SearchTookTooLong {
            throw Problem(.invalid, error.description, rule: "too_broad")
        }
        try await call.auditUnmasking(shown, "ledger")
        let page = found.rows.prefix(limit)
        let next = found.rows.count > limit ? page.last.map { JSON.string(LedgerCursor(after: $0).text) } : nil
        var answer: JSONObject = [
            "items": .array(page.map { json($0, isWhole: shown.contains(.to)) }), "next_cursor": next ?? .null,
        ]
        if try ArchivedRows.areAsked(call.request) {
            answer["archive_faults"] = .words(found.faults.map(\.withoutFolder))
        } else if next == nil {
            // Archived rows are the oldest: they would follow the last page.
            answer["archives_not_searched"] = .int(Int64(try await archives.count()))
        }
        return .json(.object(answer)).adding([("Vary", "Accept")])
    }

    private static func table(_ query: LedgerQuery, _ shown: Set<Unmasking>, _ call: APICall) async throws
        -> HTTPResponse
    {
        let isArchiveAsked = try ArchivedRows.areAsked(call.request)
        try await AuditStore(database: call.database).add([
            AuditEntry(
                "ledger.export", "ledger", by: call.audit, tenant: call.caller.tenant,
                after: ["shown": .words(shown.map(\.rawValue).sorted()), "archive": .bool(isArchiveAsked)])
        ])
        let archives = ArchivedRows(query, call: call)
        let known = isArchiveAsked ? try await archives.faults() : []
        let note =
            isArchiveAsked
            ? known.map { (name: ArchivedRows.faultHeader, value: $0.withoutFolder) }
            : [(name: ArchivedRows.countHeader, value: String(try await archives.count()))]
        let export = LedgerExport(
            ledger: call.ledger, masks: !shown.contains(.to), archives: isArchiveAsked ? call.archives : nil)
        return .chunks(
            headers: [
                ("Content-Type", "text/csv; charset=utf-8; header=present"), ("Cache-Control", "no-store"),
                ("Vary", "Accept"), ("Content-Disposition", "attachment; filename=\"ledger.csv\""),
            ] + note
        ) { writer in
            let done = try await export.writeAll(archives.query) { try await writer.write($0) }
            // All the others' rows have gone out; what was not foretold breaks the answer off, so that it is not taken for whole.
            if let news = done.faults.first(where: { !known.contains($0) }) { throw news }
        }
    }

    private static func limit(_ request: HTTPRequest) throws(Problem) -> Int {
        guard let text = request.parameter("limit") else { return 50 }
        guard let limit = Int(text), (1...most).contains(limit) else {
            throw .invalid("limit", "range", "limit must be a number from 1 to \(most).")
        }
        return limit
    }

    private static func cursor(_ request: HTTPRequest) throws(Problem) -> LedgerCursor? {
        guard let text = request.parameter("cursor") else { return nil }
        guard let cursor = LedgerCursor(text) else {
            throw .invalid("cursor", "form", "cursor must be one that an earlier page named.")
        }
        return cursor
    }

    private static func json(_ row: LedgerEntry, isWhole: Bool) -> JSON {
        var object: JSONObject = [
            "message": .string(String(row.message.rawValue)), "at": .string(row.at.description),
            "status": .string(row.state.word), "final": .bool(row.final), "channel": .string(row.channel.rawValue),
            "category": .string(row.category.rawValue), "campaign": .string(String(row.campaign)),
            "campaign_name": .string(row.campaignName),
            "to": .string(isWhole ? row.recipient : Masked.address(row.recipient)),
            "attempt": .int(Int64(row.attempt)), "segments": .int(Int64(row.segments)),
        ]
        for (name, text) in [
            ("source", row.source), ("provider", row.provider), ("country", row.country), ("reason", row.reason),
            ("provider_reference", row.reference),
        ] where !text.isEmpty { object[name] = .string(text) }
        if let was = row.was { object["corrects"] = .string(was.word) }
        if row.cost != 0 {
            object["cost"] = .money(row.cost, row.currency)
        }
        return .object(object)
    }
}
