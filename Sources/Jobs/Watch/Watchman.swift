import Domain
import Storage
import Synchronization

/// Looks at the rates every minute and says where they are out of the ordinary. Any number of processes may run one: each
/// look is one process's, whoever comes first. The past is read once an hour, the running hour at each look, from the
/// rollups that are written anyway; nothing on the way of a message pays for it, but a counter as one is accepted.
package final class Watchman: Sendable {
    package static let period: Duration = .seconds(60)

    /// What a look changed.
    package enum Change: Sendable, Hashable {
        case opened(StoredAlert)
        case closed(StoredAlert)

        package var alert: StoredAlert {
            switch self {
            case .opened(let alert), .closed(let alert): alert
            }
        }
    }

    /// What the past was like, as of one hour.
    private struct Past: Sendable {
        let hours: [String: RateHours]
        let book: RateBook
    }

    private let database: Database
    private let prefixes: PrefixMeter
    private let rates: RateMeter?
    private let past = Mutex<Past?>(nil)
    private let now: @Sendable () -> Timestamp
    private let onChange: @Sendable (Change) -> Void
    /// Tells the operator; what can't be told now is told with the next look.
    private let tell: (@Sendable (StoredAlert) async -> Bool)?

    package init(
        database: Database, prefixes: PrefixMeter = PrefixMeter(), rates: RateMeter? = nil,
        now: @escaping @Sendable () -> Timestamp = { .now },
        onChange: @escaping @Sendable (Change) -> Void = { _ in },
        tell: (@Sendable (StoredAlert) async -> Bool)? = nil
    ) {
        self.database = database
        self.prefixes = prefixes
        self.rates = rates
        self.now = now
        self.onChange = onChange
        self.tell = tell
    }

    /// Until cancelled. A look that fails (the database is away) is followed by another.
    package func run() async {
        var rounds = 0
        while !Task.isCancelled {
            // A little late, so that whose turn it was first doesn't always come a moment too early.
            try? await Task.sleep(for: Self.period / 4)
            if rounds % 4 == 0 { try? await bringIn() }
            try? await bringInRates()
            do {
                _ = try await look(every: Self.period)
            } catch {
                try? await note(error)
            }
            await tellOperator()
            if rounds % 2400 == 0 { try? await PrefixCountStore(database: database).prune() }
            rounds += 1
        }
        // This task is cancelled and can't: another one brings in what is left.
        await Task { [self] in
            try? await bringIn()
            try? await bringInRates()
        }.value
    }

    private func bringInRates() async throws {
        guard let rates else { return }
        try await MinuteRateStore(database: database).add(rates.take(), at: now())
    }

    /// What this process counted.
    package func bringIn() async throws { try await PrefixCountStore(database: database).add(prefixes.take()) }

    /// Once, if nobody did within the period. Nil where it is not this process's turn.
    @discardableResult
    package func look(every period: Duration = .zero) async throws -> [Change]? {
        let now = now()
        let known = past.withLock { $0 }
        let (changes, read) = try await database.run { session in
            try session.transaction(
                beginning: "SET LOCAL enable_seqscan = off; SET LOCAL statement_timeout = '30s'"
            ) { try Self.look(on: session, now: now, period: period, known: known) }
        }
        if let read { past.withLock { $0 = read } }
        for change in changes ?? [] { onChange(change) }
        return changes
    }

    private func note(_ error: any Error) async throws {
        let text = (error as? StorageError).map { "\($0)" } ?? "The look failed."
        try await database.run { session in
            try session.execute("UPDATE watch_state SET note = $1", [.text(text)])
        }
    }

    private func tellOperator() async {
        guard let tell, let alerts = try? await AlertStore(database: database).takeUntold(now: now()) else { return }
        for alert in alerts where await tell(alert) { try? await AlertStore(database: database).told(alert) }
    }

    // MARK: One look

    private static func look(
        on session: PostgresSession, now: Timestamp, period: Duration, known: Past?
    ) throws -> ([Change]?, Past?) {
        let store = WatchStore(on: session)
        guard try store.begin(now: now, period: period) else { return (nil, nil) }
        let clock = ContinuousClock.now
        try store.noteLatencies(now: now)
        let hours = try store.hours(now: now)
        let parties = try store.parties()
        let read = try history(store, hours, parties, known)

        var book = RateBook(hours: hours, parties: parties)
        let buckets = Set(hours.values.flatMap { hours in hours.buckets.filter { hours.place(of: $0)?.week == 0 } })
        try fill(&book, store, Array(buckets))

        let round = AlertRound(
            book: AlertBook(on: session), current: book, past: read.book, parties: parties, now: now)
        let changes = try round.run()
        try store.end(took: clock.duration(to: .now), judged: round.judged, silent: round.silent)
        return (changes, read)
    }

    /// As it was read before, while the hours are the same.
    private static func history(
        _ store: WatchStore, _ hours: [String: RateHours], _ parties: WatchParties, _ known: Past?
    ) throws -> Past {
        if let known, known.hours.mapValues(\.starts) == hours.mapValues(\.starts) { return known }
        var book = RateBook(hours: hours, parties: parties)
        let buckets = Set(
            hours.values.flatMap { hours in hours.buckets.filter { (hours.place(of: $0)?.week ?? 0) > 0 } })
        try fill(&book, store, Array(buckets))
        return Past(hours: hours, book: book)
    }

    private static func fill(_ book: inout RateBook, _ store: WatchStore, _ buckets: [Timestamp]) throws {
        for usage in try store.usage(buckets) { book.add(usage) }
        for usage in try store.prefixes(buckets) { book.add(usage) }
        for (hour, provider, cell) in try store.latencies(buckets) {
            book.addLatency(cell, provider: provider, hour: hour)
        }
    }
}
