import Domain
import HTTPServer
import Jobs
import Senders
import Storage

/// A request of somebody whose key is right. The tenant is the key's; nothing in the request can name another, and the
/// database that is handed out here sees and writes that tenant's rows alone.
package struct APICall: Sendable {
    package let caller: Caller
    package let request: HTTPRequest
    package let path: PathParameters
    private let services: GatewayServices
    /// As the tenant: what a forgotten condition would show is not there.
    package let database: Database

    init(caller: Caller, request: HTTPRequest, path: PathParameters, services: GatewayServices) {
        self.caller = caller
        self.request = request
        self.path = path
        self.services = services
        database = services.database.of(tenant: caller.tenant)
    }

    /// As the owner, for what the tenants' role can't do. What it is done to was found as the tenant before.
    func database(for _: OwnersWork) -> Database { services.database }

    package var now: Timestamp { services.now() }
    package var parties: PartyStore { PartyStore(database: database, keys: keys) }
    package var ledger: LedgerStore { LedgerStore(database: database, keys: keys) }
    /// The files hold all tenants' rows and no row-level security: what is asked of them must name the tenant.
    package var archives: ArchiveStore { ArchiveStore(ledger: ledger) }
    package var campaigns: CampaignStore { CampaignStore(database: database) }

    var keys: KeyRing { services.keys }
    var access: AccessCache { services.access }
    var streams: StreamBook { services.streams }
    var accepts: AcceptQueues { services.accepts }
    var contexts: ContextBuilder { services.contexts }
    var limiter: SourceLimiter { services.limiter }
    var readers: CallbackReaders { services.readers }
    var metrics: GatewayMetrics { services.metrics }
    var webhooks: WebhookSender { services.webhooks }
    var budgets: BudgetWatch { services.budgets }
    var prefixes: PrefixMeter { services.prefixes }
    var searchLimit: Duration { services.searchLimit }

    package func body() async throws -> [UInt8] { try await request.content.bytes() }

    /// The tenant's key, for addresses and content.
    package func tenantKey() async throws -> TenantKey {
        if let known = keys.known(caller.tenant) { return known }
        return try await parties.key(of: caller.tenant)
    }

    /// A number in the path; what is none names nothing.
    package func number(_ name: String) throws(Problem) -> Int64 {
        guard let text = path[name], let number = Int64(text), number > 0, String(number) == text else {
            throw Problem(.notFound, "There is no such \(name).")
        }
        return number
    }
}

/// What of a tenant's work is done as the owner of the tables.
enum OwnersWork {
    /// Recipients come by COPY, which PostgreSQL takes from no role that row-level security holds for.
    case recipients
    /// Of accounts, keys and webhooks: the tenants' role can't read them.
    case secrets
    /// What a rule has paused is not freed by whatever runs as its tenant.
    case pauses
    /// A budget is settled against what all workers hold of it.
    case budgets
}
