import Domain
import Jobs
import Senders
import Storage

/// What the handlers share.
package struct GatewayServices: Sendable {
    /// As the owner of the tables; a call has one of its own, the tenant's.
    package let database: Database
    package let keys: KeyRing
    package let access: AccessCache
    package let streams: StreamBook
    /// For what can't wait, and for the rest: a request of a thousand must not delay a one-time password.
    package let accepts: AcceptQueues
    package let contexts: ContextBuilder
    package let limiter: SourceLimiter
    package let budgets: BudgetWatch
    package let intake: CallbackIntake
    package let readers: CallbackReaders
    package let refusals: RefusalLog
    package let metrics: GatewayMetrics
    package let webhooks: WebhookSender
    /// To which ranges of numbers messages go.
    package let prefixes: PrefixMeter
    /// Whether the database is away because its disk is full, as far as this process can see the disk.
    package var diskIsFull: @Sendable () -> Bool
    package let now: @Sendable () -> Timestamp
    /// How long a search of the ledger may take.
    package var searchLimit = LedgerStore.searchLimit

    package init(
        database: Database, keys: KeyRing, access: AccessCache, streams: StreamBook, accepts: AcceptQueues,
        contexts: ContextBuilder, intake: CallbackIntake, readers: CallbackReaders,
        refusals: RefusalLog, limiter: SourceLimiter, webhooks: WebhookSender,
        prefixes: PrefixMeter = PrefixMeter(), metrics: GatewayMetrics = GatewayMetrics(),
        diskIsFull: @escaping @Sendable () -> Bool = { false },
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.database = database
        self.keys = keys
        self.access = access
        self.streams = streams
        self.accepts = accepts
        self.contexts = contexts
        self.limiter = limiter
        budgets = BudgetWatch(database: database)
        self.refusals = refusals
        self.metrics = metrics
        self.intake = intake
        self.readers = readers
        self.webhooks = webhooks
        self.prefixes = prefixes
        self.diskIsFull = diskIsFull
        self.now = now
    }
}
