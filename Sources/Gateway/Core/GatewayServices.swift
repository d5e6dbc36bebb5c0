import Domain
import Jobs
import Storage

/// What the handlers share.
package struct GatewayServices: Sendable {
    package let database: Database
    package let keys: KeyRing
    package let access: AccessCache
    package let streams: StreamBook
    /// For what can't wait, and for the rest: a request of a thousand must not delay a one-time password.
    package let urgent: AcceptQueue
    package let ordinary: AcceptQueue
    package let contexts: ContextBuilder
    /// Whether a source may have so many more recipients accepted.
    package let admit: @Sendable (_ recipients: Int, _ caller: Caller, _ isCritical: Bool) async -> Admission
    package let intake: CallbackIntake
    package let readers: CallbackReaders
    package let refusals: RefusalLog
    package let now: @Sendable () -> Timestamp

    package var parties: PartyStore { PartyStore(database: database, keys: keys) }

    package init(
        database: Database, keys: KeyRing, access: AccessCache, streams: StreamBook, urgent: AcceptQueue,
        ordinary: AcceptQueue, contexts: ContextBuilder, intake: CallbackIntake, readers: CallbackReaders,
        refusals: RefusalLog,
        admit: @escaping @Sendable (Int, Caller, Bool) async -> Admission = { _, _, _ in Admission() },
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.database = database
        self.keys = keys
        self.access = access
        self.streams = streams
        self.urgent = urgent
        self.ordinary = ordinary
        self.contexts = contexts
        self.admit = admit
        self.refusals = refusals
        self.intake = intake
        self.readers = readers
        self.now = now
    }
}

/// What a source's rates and quotas say to a request.
package struct Admission: Sendable {
    package var refusal: Problem?
    /// How much is left, as the headers for it are called.
    package var headers: [(name: String, value: String)]

    package init(refusal: Problem? = nil, headers: [(name: String, value: String)] = []) {
        self.refusal = refusal
        self.headers = headers
    }
}
