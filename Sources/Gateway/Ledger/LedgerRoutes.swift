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
                let limit = try limit(call.request)
                let cursor = try cursor(call.request)
                let ledger = call.ledger
                let found: [LedgerEntry]
                do {
                    found = try await ledger.search(query, after: cursor, limit: limit + 1)
                } catch let error as SearchTookTooLong {
                    throw Problem(.invalid, error.description, rule: "too_broad")
                }
                try await call.auditUnmasking(shown, "ledger")
                let page = found.prefix(limit)
                let next = found.count > limit ? page.last.map { JSON.string(LedgerCursor(after: $0).text) } : nil
                return .json([
                    "items": .array(page.map { json($0, isWhole: shown.contains(.to)) }), "next_cursor": next ?? .null,
                ]).adding([("Vary", "Accept")])
            }
        ]
    }

    private static func table(_ query: LedgerQuery, _ shown: Set<Unmasking>, _ call: APICall) async throws
        -> HTTPResponse
    {
        try await AuditStore(database: call.database).add([
            AuditEntry(
                "ledger.export", "ledger", by: call.audit, tenant: call.caller.tenant,
                after: ["shown": .words(shown.map(\.rawValue).sorted())])
        ])
        let ledger = call.ledger
        let export = LedgerExport(ledger: ledger, masks: !shown.contains(.to))
        return .chunks(
            headers: [
                ("Content-Type", "text/csv; charset=utf-8; header=present"), ("Cache-Control", "no-store"),
                ("Vary", "Accept"), ("Content-Disposition", "attachment; filename=\"ledger.csv\""),
            ]
        ) { writer in _ = try await export.write(query) { try await writer.write($0) } }
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
