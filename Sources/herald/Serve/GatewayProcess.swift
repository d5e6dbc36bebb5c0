import Domain
import Foundation
import Gateway
import HTTPServer
import Jobs
import Storage

/// The gateway put together from its parts, beside a worker that sends what is urgent.
struct GatewayProcess {
    private let server: HTTPServer
    private let accepts: AcceptQueues
    private let services: GatewayServices
    private let accessLog: AccessLog?
    let url: String
    let isSelfSigned: Bool

    init(_ installation: Installation, engine: Engine, listen: ListenSettings, screen: Screen) async throws {
        let keys = installation.keys
        let parties = installation.parties
        let key: @Sendable (Int64) async throws -> TenantKey = { tenant in
            if let known = keys.known(tenant) { return known }
            return try await parties.key(of: tenant)
        }
        _ = try await installation.ledger.currentSlice()
        accepts = AcceptQueues { name, sendsAtOnce in
            AcceptQueue(
                store: AcceptStore(database: installation.database, name: name), lane: engine.worker,
                sendsAtOnce: sendsAtOnce, metrics: engine.jobMetrics, keys: key)
        }
        services = GatewayServices(
            database: installation.database, keys: keys, access: engine.access, streams: engine.streams,
            accepts: accepts, contexts: engine.builder, intake: engine.intake,
            readers: engine.readers, refusals: RefusalLog(store: AuditStore(database: installation.database)),
            limiter: engine.limiter, webhooks: engine.webhooks, prefixes: engine.prefixes,
            metrics: GatewayMetrics(engine.metrics, readers: listen.metricsReaders),
            diskIsFull: Self.diskIsFull(installation))
        let api = GatewayAPI(
            services: services,
            scheduled: ScheduledMessage(database: installation.database, contexts: engine.contexts))
        var options = HTTPServer.Options()
        options.address = listen.address.host
        options.port = listen.address.port
        options.proxies = listen.proxies
        let files = OpenFiles.raised()
        options.maxConnections = files.connections
        options.maxWebSockets = files.webSockets
        options.inherited = InheritedSockets.take().first
        let certificate = try listen.certificate(home: installation.home)
        options.certificate = certificate?.certificate
        options.notice = { screen.note($0) }
        let requests = HTTPMetrics(engine.metrics, operations: api.routes.map(\.operationID))
        let accessLog = try AccessLog(listen.accessLog, metrics: engine.metrics)
        options.log = { record in
            requests.note(record)
            accessLog?.write(record)
        }
        self.accessLog = accessLog
        do {
            server = try Self.start(options, api.plan, mayMove: listen.isDefault)
        } catch {
            throw CommandError.failed("\(error)")
        }
        HTTPMetrics.register(in: engine.metrics, server)
        HTTPMetrics.register(in: engine.metrics, accepts: accepts)
        isSelfSigned = certificate?.isSelfSigned ?? false
        url =
            "\(listen.isPlain ? "http" : "https")://\(listen.address.shown(port: server.port))"
    }

    /// The embedded server's disk; that of another server can't be seen from here.
    private static func diskIsFull(_ installation: Installation) -> @Sendable () -> Bool {
        let environment = ProcessInfo.processInfo.environment
        guard environment["HERALD_DATABASE_URL"]?.isEmpty ?? true,
            let folder = try? EmbeddedCluster(home: installation.home, environment: environment).dataFolder()
        else { return { false } }
        return { ClusterCondition.isFull(folder) }
    }

    /// Another Herald on this machine may have the usual port: where nobody asked for it, any other does.
    private static func start(
        _ options: HTTPServer.Options, _ plan: @escaping HTTPServer.Planner, mayMove: Bool
    ) throws(HTTPServerError) -> HTTPServer {
        do {
            return try HTTPServer(options, plan: plan)
        } catch .portInUse where mayMove {
            var options = options
            options.port = 0
            return try HTTPServer(options, plan: plan)
        }
    }

    /// Serves until stopped; what was taken in before is committed and answered.
    func run() async {
        let services = services
        let duties = [Task { await services.limiter.run() }, Task { await services.access.run() }]
        await accepts.run()
        for duty in duties { duty.cancel() }
        for duty in duties { await duty.value }
        await services.refusals.close()
    }

    /// No further request is taken; those that are here are answered.
    func stop() async {
        let server = server
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            Thread.detachNewThread {
                server.stop(grace: .seconds(10))
                done.resume()
            }
        }
        accepts.close()
        accessLog?.close()
    }
}
