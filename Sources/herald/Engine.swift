import Domain
import Foundation
import Gateway
import Jobs
import Metrics
import Senders
import Storage

/// What worker and gateway of one process share: providers and their limits, contexts, and what is known of the
/// configuration.
struct Engine {
    /// All that this process counts.
    let metrics: MetricsRegistry
    let jobMetrics: JobMetrics
    let registry: ProviderRegistry
    let builder: ContextBuilder
    let contexts: ContextCache
    let intake: CallbackIntake
    let streams: StreamBook
    let access: AccessCache
    let limiter: SourceLimiter
    let worker: Worker
    let settler: LimitSettler
    let readers: CallbackReaders
    let webhooks: WebhookSender
    let deliverer: WebhookDeliverer
    let prefixes: PrefixMeter
    let watchman: Watchman

    init(_ installation: Installation, publicURL: String? = nil, options: Worker.Options, screen: Screen) throws {
        let metrics = MetricsRegistry()
        let jobMetrics = JobMetrics(metrics)
        let receiptWake = WakeSignal()
        let intake = CallbackIntake(
            database: installation.database, keys: installation.keys, wake: receiptWake, metrics: jobMetrics)
        let registry = try ProviderRegistry(store: installation.providers, sink: intake, metrics: jobMetrics)
        let builder = ContextBuilder(database: installation.database, keys: installation.keys, registry: registry)
        let contexts = ContextCache(ledger: installation.ledger, forget: { await builder.forget() }) {
            try await builder.build(campaign: $0)
        }
        let streams = StreamBook(database: installation.database, keys: installation.keys)
        let access = AccessCache(store: AccessStore(database: installation.database))
        let readers = CallbackReaders(store: installation.providers, publicURL: publicURL)
        worker = Worker(
            database: installation.database, fastDatabase: installation.fastDatabase, keys: installation.keys,
            contexts: contexts, options: options, receiptWake: receiptWake,
            metrics: jobMetrics,
            onConfiguration: {
                access.forget()
                streams.forget()
                readers.forget()
                try? await registry.refresh()
            },
            onBudget: { screen.note("Money: \($0.text)") },
            onTrouble: { shard, error in
                screen.note(
                    "Campaign \(shard.campaign): a part could not be worked on and is tried again: \(CommandFailure(error).text)"
                )
            })
        webhooks = WebhookSender(networks: try installation.webhookNetworks())
        deliverer = WebhookDeliverer(
            database: installation.database, keys: installation.keys, sender: webhooks,
            onDisabled: { screen.note(WebhookText.disabled($0)) })
        prefixes = PrefixMeter()
        var tell: (@Sendable (StoredAlert) async -> Bool)?
        if let notice = try OperatorNotice(ProcessInfo.processInfo.environment) {
            tell = { alert in await notice.tell(alert, screen) }
        }
        watchman = Watchman(
            database: installation.database, prefixes: prefixes, rates: RateMeter(jobMetrics),
            onChange: { change in screen.note(AlertLines.note(change)) }, tell: tell)
        settler = LimitSettler(database: installation.database, registry: registry)
        self.metrics = metrics
        self.jobMetrics = jobMetrics
        self.registry = registry
        self.builder = builder
        self.contexts = contexts
        self.intake = intake
        self.streams = streams
        self.access = access
        limiter = SourceLimiter(database: installation.database)
        self.readers = readers
        register(installation)
    }

    /// What is looked at when somebody asks for the page.
    private func register(_ installation: Installation) {
        ProcessReadings.register(in: metrics)
        LoadReadings(database: installation.database).register(in: metrics)
        ProviderReadings.register(in: metrics, of: registry)
        let (database, fastDatabase) = (installation.database, installation.fastDatabase)
        PoolReadings.register(
            in: metrics, pools: [("main", { database.usage }), ("fast", { fastDatabase.usage })])
        metrics.read("herald_build_info", "1, with the schema's version.", labels: ["schema"]) {
            [.init(["\(Migrations.latest)"], 1)]
        }
    }
}
