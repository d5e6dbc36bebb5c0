import Domain
import HTTPServer
import Storage

/// A search's part in archives: looked into where that is asked for (`archive=true`), else counted, so that nobody takes
/// rows that were not looked for as rows that are not there.
struct ArchivedRows: Sendable {
    static let faultHeader = "Herald-Archive-Fault"
    static let countHeader = "Herald-Archives-Not-Searched"

    /// With the caller's tenant: row-level security doesn't reach into files, it is this that keeps tenants apart there.
    let query: LedgerQuery
    private let call: APICall

    init(_ query: LedgerQuery, call: APICall) {
        var own = query
        own.tenant = call.caller.tenant
        self.query = own
        self.call = call
    }

    static func areAsked(_ request: HTTPRequest) throws(Problem) -> Bool {
        switch request.parameter("archive") {
        case nil, "false": return false
        case "true": return true
        default: throw .invalid("archive", "choice", "archive must be true or false.")
        }
    }

    /// The ledger's rows, with the archived ones among them if they were asked for.
    func search(after cursor: LedgerCursor?, limit: Int, isAsked: Bool) async throws -> ArchiveAnswer {
        guard isAsked else {
            return ArchiveAnswer(
                rows: try await call.ledger.search(query, after: cursor, limit: limit, within: call.searchLimit))
        }
        return try await call.ledger.search(
            query, andIn: call.archives, after: cursor, limit: limit, within: call.searchLimit)
    }

    /// How many archives may have more.
    func count() async throws -> Int { try await call.archives.mayHave(query).count }

    /// Those of them that can't be opened.
    func faults() async throws -> [ArchiveFault] { try await call.archives.faults(query) }
}
