import Domain
import Senders
import Storage
import Synchronization
import TestSupport

@testable import Jobs

/// A tenant whose messages somebody wants to hear of, and a server that hears.
final class WebhookBench: Sendable {
    let bench: ReceiptBench
    let receiver: WebhookReceiver
    private let senders = Mutex<[WebhookSender]>([])
    /// What was said of endpoints that were disabled.
    private let notices = Mutex<[WebhookQueue.Disabled]>([])
    var disabled: [Int64] { notices.withLock { $0.map(\.id) } }

    var worker: WorkerBench { bench.bench }
    var database: Database { worker.database }
    var store: WebhookStore { WebhookStore(database: database) }
    var queue: WebhookQueue { WebhookQueue(database: database, keys: worker.keys) }
    let audit = AuditOrigin(actor: "test", origin: "test")

    init() async throws {
        bench = try await ReceiptBench()
        receiver = try WebhookReceiver()
    }

    deinit {
        for sender in senders.withLock({ $0 }) { sender.stop() }
        receiver.stop()
    }

    /// An endpoint at a path of the receiver, with its secret.
    @discardableResult
    func endpoint(
        _ path: String, _ events: String = "*", tenant: Int64? = nil, source: Int64? = nil
    ) async throws -> (id: Int64, secret: String) {
        let secret = EndpointSecret.make()
        let made = try await store.add(
            WebhookStore.Draft(
                tenant: tenant ?? worker.tenant.id, source: source, url: receiver.url(path),
                kinds: WebhookKinds(WebhookKind.named(events) ?? []),
                sealedSecret: WebhookSecrets.seal(secret, with: worker.keys)), audit: audit)
        guard let made else { throw Missing() }
        return (made.id, secret.text)
    }

    func found(_ id: Int64) async throws -> WebhookEndpoint {
        guard let found = try await store.endpoint(id) else { throw Missing() }
        return found
    }

    struct Missing: Error {}

    /// As a process has one. It waits for nothing at its end.
    func deliverer(
        networks: String = "127.0.0.0/8", _ change: (inout WebhookDeliverer.Pace) -> Void = { _ in }
    ) throws -> WebhookDeliverer {
        var patience = WebhookSender.Patience()
        patience.connect = Patience.duration
        patience.answer = Patience.duration
        let sender = WebhookSender(networks: WebhookNetworks([try NetworkRange(networks)]), patience: patience)
        senders.withLock { $0.append(sender) }
        var pace = WebhookDeliverer.Pace()
        pace.lease = .seconds(3600)
        pace.farewell = .zero
        // What failed comes back when the test says so.
        pace.wait = { _, age, _ in age < WebhookBackoff.lifetime ? .seconds(1200) : nil }
        change(&pace)
        return WebhookDeliverer(
            database: database, keys: worker.keys, sender: sender, pace: pace,
            onDisabled: { [weak self] disabled in self?.notices.withLock { $0.append(disabled) } })
    }

    /// Has deliverers run while the body does.
    func with<T>(_ deliverers: WebhookDeliverer..., body: () async throws -> T) async throws -> T {
        let running = deliverers.map { deliverer in Task { await deliverer.run() } }
        let result: Result<T, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        for task in running { task.cancel() }
        for task in running { await task.value }
        return try result.get()
    }

    /// Delivers until nothing is due and nothing under way any more; what failed comes back later.
    func deliver() async throws {
        let open = """
            webhook_delivery WHERE state = 'waiting'
               AND (due_at <= now() OR attempts > 0 AND due_at > now() + interval '30 minutes')
            """
        try await with(try deliverer()) { try await eventually { try await self.count(open) == 0 } }
    }

    func count(_ what: String) async throws -> Int64 {
        try await database.run { try $0.query("SELECT count(*) AS n FROM \(what)")[0].int("n") }
    }

    /// What monitoring is told.
    func load(_ name: String) async throws -> Int64 {
        try await LoadStore(database: database).read()[.init(name: name, label: "")] ?? -1
    }

    func execute(_ sql: String) async throws { try await database.run { try $0.execute(sql) } }

    /// As if the waits were over.
    func makeDue() async throws {
        try await execute("UPDATE webhook_delivery SET due_at = now(); UPDATE webhook_endpoint SET rest_until = now()")
    }
}
