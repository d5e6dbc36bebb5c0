import Crypto
import Domain
import HTTPServer
import Jobs
import Metrics
import Senders
import Storage
import TestDatabase

@testable import Gateway

/// Two tenants, each with a source and a template, behind the routes of a gateway without sockets: a request goes to
/// the handler as the server would hand it over, on a real database, and a worker sends through the sandbox.
final class GatewayBench: Sendable {
    struct Answer: Sendable {
        let status: Int
        let json: JSON
        let text: String
        let headers: [String: String]

        func header(_ name: String) -> String? { headers[name.lowercased()] }
        subscript(key: String) -> JSON? { json[key] }
        var rule: String? { json["errors"]?.arrayValue?.first?["rule"]?.stringValue ?? json["rule"]?.stringValue }
        var field: String? { json["errors"]?.arrayValue?.first?["field"]?.stringValue }
        /// The numbers of the messages that were accepted, in their order.
        var ids: [String] { (json["messages"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue } }
    }

    let database: Database
    let keys = KeyRing(masterKey: [UInt8](repeating: 5, count: 32))
    let services: GatewayServices
    let metrics = MetricsRegistry()
    /// The worker's.
    let contexts: ContextCache
    let worker: Worker
    /// Reaches this machine.
    let webhooks: WebhookSender
    let router: Router
    let plan: HTTPServer.Planner
    private let accepts: AcceptQueues
    let acme: (tenant: Tenant, source: Source)
    let rival: (tenant: Tenant, source: Source)

    init(searchLimit: Duration = LedgerStore.searchLimit) async throws {
        database = Database(url: try TestDatabase.current.connectionString, connections: 8)
        try await database.run { _ = try Migrations.apply(on: $0) }
        let (database, keys) = (database, keys)
        let parties = PartyStore(database: database, keys: keys)
        func party(_ name: String) async throws -> (Tenant, Source) {
            let tenant = try await parties.addTenant(
                name: name, tier: .paid, region: Region("SG") ?? .none, timeZone: "UTC")
            try await parties.addSource(tenant: tenant.id, name: "checkout")
            _ = try await parties.addTemplate(
                tenant: tenant.id, name: "code", channel: .sms,
                content: #"{"channel":"sms","default_locale":"en","locales":{"en":{"text":"Your code is {{ code }}"}}}"#
            )
            guard let source = try await parties.sources(tenant: tenant.id).first else { throw GatewayBench.NoSource() }
            return (tenant, source)
        }
        acme = try await party("acme")
        rival = try await party("rival")
        let providers = ProviderStore(database: database, keys: keys)
        try await providers.addProvider(name: "sand", kind: "sandbox", tenant: nil, settings: "{}")
        guard let sandbox = try await providers.providers().first else { throw GatewayBench.NoSource() }
        _ = try await RouteStore(database: database).store([
            RouteRule(channel: .sms, targets: [RouteRule.Target(provider: sandbox.id)])
        ])
        _ = try await LedgerStore(database: database, keys: keys).currentSlice()

        let jobMetrics = JobMetrics(metrics)
        let registry = try ProviderRegistry(store: providers, metrics: jobMetrics)
        ProviderReadings.register(in: metrics, of: registry)
        let builder = ContextBuilder(database: database, keys: keys, registry: registry)
        contexts = ContextCache(ledger: LedgerStore(database: database, keys: keys)) {
            try await builder.build(campaign: $0)
        }
        let access = AccessCache(store: AccessStore(database: database))
        let streams = StreamBook(database: database, keys: keys)
        let readers = CallbackReaders(store: providers, publicURL: "https://herald.example")
        worker = Worker(
            database: database, keys: keys, contexts: contexts, metrics: jobMetrics,
            onConfiguration: {
                access.forget()
                streams.forget()
                readers.forget()
            })
        let tenantKey: @Sendable (Int64) async throws -> TenantKey = { try await parties.key(of: $0) }
        let worker = worker
        accepts = AcceptQueues { name, sendsAtOnce in
            AcceptQueue(
                store: AcceptStore(database: database, name: name), lane: worker, sendsAtOnce: sendsAtOnce,
                metrics: jobMetrics, keys: tenantKey)
        }
        webhooks = WebhookSender(networks: WebhookNetworks([try NetworkRange("127.0.0.0/8")]))
        var services = GatewayServices(
            database: database, keys: keys, access: access, streams: streams, accepts: accepts,
            contexts: builder, intake: CallbackIntake(database: database, keys: keys),
            readers: readers, refusals: RefusalLog(store: AuditStore(database: database)),
            limiter: SourceLimiter(database: database), webhooks: webhooks, metrics: GatewayMetrics(metrics))
        services.searchLimit = searchLimit
        self.services = services
        let api = GatewayAPI(
            services: services, scheduled: ScheduledMessage(database: database, contexts: contexts))
        router = Router(api.routes)
        plan = api.plan
    }

    deinit { webhooks.stop() }

    struct NoSource: Error {}
    struct NeverCame: Error {}

    /// A key of a source, ready for the header.
    func key(
        _ scopes: [Scope], of party: (tenant: Tenant, source: Source)? = nil, isTest: Bool = false
    ) async throws -> String {
        let token = APIKeyToken.make(isTest: isTest)
        try await AccessStore(database: database).add(
            AccessStore.Draft(token: token, source: (party ?? acme).source, scopes: scopes),
            audit: AuditOrigin(actor: "test", origin: "test"))
        services.access.forget()
        return String(decoding: token.text, as: UTF8.self)
    }

    func call(
        _ method: String, _ target: String, _ body: String = "", key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        let response = try await respond(method, target, Array(body.utf8), key: key, headers: headers)
        let bytes: [UInt8]
        switch response.body {
        case .bytes(let whole): bytes = whole
        case .stream(let stream, _): bytes = try await StreamReading(stream).rest()
        case .webSocket: bytes = []
        }
        return Answer(
            status: response.status, json: (try? JSON.parse(bytes)) ?? .null,
            text: String(decoding: bytes, as: UTF8.self),
            headers: Dictionary(
                response.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $0 + ", " + $1 }))
    }

    /// The answer as the server would get it.
    func respond(
        _ method: String, _ target: String, _ body: [UInt8] = [], key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> HTTPResponse {
        let parts = target.split(separator: "?", maxSplits: 1)
        var query: [HTTPRequest.Parameter] = []
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1)
            let value = sides.count > 1 ? PercentCoding.decode(sides[1]) ?? "" : ""
            query.append(HTTPRequest.Parameter(name: String(sides[0]), value: value))
        }
        let fields = [("Host", "herald.example")] + (key.map { [("Authorization", "Bearer \($0)")] } ?? []) + headers
        let request = HTTPRequest(
            method: method, rawPath: String(parts[0]), query: query, headers: HTTPHeaders(fields),
            body: body)
        switch router.match(method, String(parts[0])) {
        case .found(let route, let parameters):
            do { return try await route.handler(request, parameters) } catch {
                return Failure.response(to: error, services)
            }
        case .wrongMethod: return .text(405, "")
        case .notFound, .malformed: return .text(404, "")
        }
    }

    /// Lets the queues commit and the worker send while the body runs.
    func run<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
        let accepts = accepts
        let committing = Task { await accepts.run() }
        let worker = worker
        let working = Task { try await worker.run() }
        let result: Result<T, any Error>
        do {
            try await eventually { worker.turn() != nil }
            result = .success(try await body())
        } catch { result = .failure(error) }
        accepts.close()
        await committing.value
        worker.drain()
        try await working.value
        return try result.get()
    }

    func eventually(_ isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try await !isSo() {
            guard ContinuousClock.now < deadline else { throw NeverCame() }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Waits until a message has come that far.
    func message(_ id: String, is status: String, key: String) async throws -> Answer {
        try await eventually {
            try await self.call("GET", "/v1/messages/\(id)", key: key)["status"]?.stringValue == status
        }
        return try await call("GET", "/v1/messages/\(id)", key: key)
    }
}
