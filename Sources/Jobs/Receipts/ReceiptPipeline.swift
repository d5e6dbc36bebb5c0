import Domain
import Senders
import Storage
import Synchronization

/// Applies stored callbacks, once and never backwards, whatever order they came in. A batch is one transaction: the
/// ledger's further rows, the reports, the lists of whom not to send to, and the callbacks' own states.
///
/// One whose message is not found is parked and looked at again, at first soon (it was quicker than our own commit),
/// then ever more rarely, for three days.
package struct ReceiptPipeline: Sendable {
    private let store: CallbackStore
    private let providers: ProviderStore
    private let readers: ReceiptReaders
    private let metrics: JobMetrics
    static let patience: Duration = .seconds(72 * 3600)
    static let waits: [Duration] = [1, 5, 30, 300, 1800, 7200, 21_600, 43_200].map { .seconds($0) }
    /// From this look on all of the ledger is searched: before, a message of the last minutes is expected.
    private static let searchesAll = 4
    static let softBounceLimit = 5

    package init(
        database: Database, keys: KeyRing, readers: ReceiptReaders = ReceiptReaders(),
        metrics: JobMetrics = JobMetrics()
    ) {
        store = CallbackStore(database: database, keys: keys)
        providers = ProviderStore(database: database, keys: keys)
        self.readers = readers
        self.metrics = metrics
    }

    /// Applies what is due, up to `limit`; returns how many there were, or nil where another process is at it.
    package func run(limit: Int = 4000) async throws -> Int? {
        let accounts = try await providers.providers()
        let names = Dictionary(uniqueKeysWithValues: accounts.map { ($0.id, $0.name) })
        let table = readers.table(for: accounts)
        do {
            // Of the try that was stored.
            let states = Mutex<[CallbackState: Int]>([:])
            let count = try await store.apply(limit: limit) { batch in
                var application = Application(batch: batch, readers: table, names: names)
                let settled = try application.run()
                states.withLock { $0 = Dictionary(grouping: settled, by: \.state).mapValues(\.count) }
            }
            for (state, count) in states.withLock({ $0 }) { metrics.receiptsSettled(count, state: state) }
            return count
        } catch let error as StorageError where error.mayPass {
            throw error
        } catch  where limit > 1 {
            // One of them can't be applied: the others must not wait for it.
            return try await run(limit: 1)
        } catch {
            let problem = "\(error)"
            return try await store.apply(limit: 1) { batch in
                try batch.settle(
                    batch.callbacks.map {
                        .init($0, .unreadable, note: "could not be applied: \(problem)", next: batch.now)
                    })
            }
        }
    }
}

extension ReceiptPipeline {
    /// One batch on its way.
    private struct Application {
        private struct Report {
            let callback: Int
            /// Which of the things that the callback says.
            let event: Int
            let status: ReceiptStatus
        }

        private let batch: ReceiptBatch
        private let readers: ReceiptReaders.Table
        private let names: [Int64: String]
        private var reports: [Report] = []
        private var replies: [(callback: Int, reply: InboundReply)] = []
        /// Of each callback: what it says in words, how many of its reports count, and what keeps it from being read.
        private var words: [[String]]
        private var counts: [Int]
        private var problems: [Int: String] = [:]
        private static let shown = 5
        /// Of each callback: an archive that may hold what it is about.
        private var archives: [Int: String] = [:]
        private var archivesAreThere: Bool?

        init(batch: ReceiptBatch, readers: ReceiptReaders.Table, names: [Int64: String]) {
            self.batch = batch
            self.readers = readers
            self.names = names
            words = Array(repeating: [], count: batch.callbacks.count)
            counts = Array(repeating: 0, count: batch.callbacks.count)
        }

        mutating func run() throws -> [ReceiptBatch.Settled] {
            for place in batch.callbacks.indices { read(place) }
            for (place, reply) in replies { try follow(reply, place) }
            let missing = try apply()
            let ends = batch.callbacks.indices.map { settled($0, missing: missing[$0] ?? []) }
            try batch.settle(ends)
            return ends
        }

        private mutating func read(_ place: Int) {
            guard let callback = CallbackCodec.decode(batch.callbacks[place].content) else {
                problems[place] = "is not in our notation"
                return
            }
            do {
                let open = batch.callbacks[place].openEvents
                for (number, event) in try readers.events(callback, of: batch.callbacks[place].provider).enumerated() {
                    // What an earlier look applied is not applied again: somebody may have changed his mind meanwhile.
                    guard open?.contains(number) ?? true else { continue }
                    if words[place].count < Self.shown { words[place].append(Self.word(event)) }
                    switch event {
                    case .status(let status):
                        counts[place] += 1
                        reports.append(Report(callback: place, event: number, status: status))
                    case .reply(let reply): replies.append((place, reply))
                    }
                }
            } catch {
                problems[place] = "\(error)"
            }
        }

        private static func word(_ event: ReceiptEvent) -> String {
            switch event {
            case .status(let status):
                status.state.rawValue
                    + (status.foreignCurrency.map { " (its price was not booked: “\($0)” is no currency in use)" } ?? "")
            case .reply(let reply):
                switch ReplyKeyword(reply.text) {
                case .stop: "reply: stop"
                case .start: "reply: start"
                case nil: "reply"
                }
            }
        }

        /// Asked once: early receipts find nothing either, and mostly there are none.
        private mutating func hasArchives() throws -> Bool {
            if let known = archivesAreThere { return known }
            let found = try batch.hasArchives()
            archivesAreThere = found
            return found
        }

        // MARK: Receipts

        /// Applies the reports; returns for each callback which of its reports found no message.
        private mutating func apply() throws -> [Int: [Int]] {
            var missing: [Int: [Int]] = [:]
            var standings: [MessageID: MessageStanding] = [:]
            var corrections: [LedgerCorrection] = []
            var effects = ReceiptEffects(batch: batch)
            let found = try rows()
            for (report, rows) in zip(reports, found) {
                let callback = batch.callbacks[report.callback]
                guard let message = rows.first?.message, var standing = standings[message] ?? MessageStanding(rows)
                else {
                    missing[report.callback, default: []].append(report.event)
                    if archives[report.callback] == nil, let message = report.status.message, try hasArchives() {
                        archives[report.callback] = try batch.archive(of: message)
                    }
                    continue
                }
                let before = standing.state
                let row = standing.row(of: report.status, by: callback.provider)
                let isAside = standing.isAside(report.status, by: callback.provider)
                corrections += standing.take(report.status, from: callback.provider, at: batch.now)
                standings[message] = standing
                effects.note(
                    report.status, about: row, isNew: isAside || standing.state != before,
                    provider: names[callback.provider] ?? "")
            }
            try batch.correct(corrections)
            try effects.store()
            return missing
        }

        /// The rows of each report's message: those that were looked at often are looked for everywhere.
        private func rows() throws -> [[LedgerAttempt]] {
            var found = [[LedgerAttempt]](repeating: [], count: reports.count)
            let places = Dictionary(grouping: reports.indices) {
                batch.callbacks[reports[$0].callback].tries >= ReceiptPipeline.searchesAll
            }
            for (everywhere, places) in places {
                let rows = try batch.attempts(
                    places.map { place in
                        let status = reports[place].status
                        return ReceiptBatch.Wanted(
                            provider: batch.callbacks[reports[place].callback].provider, message: status.message,
                            references: status.references, recipient: status.recipient)
                    }, everywhere: everywhere)
                for (place, rows) in zip(places, rows) { found[place] = rows }
            }
            return found
        }

        // MARK: Replies

        private func follow(_ reply: InboundReply, _ place: Int) throws {
            guard let keyword = ReplyKeyword(reply.text) else { return }
            let callback = batch.callbacks[place]
            let people = try batch.replyTenants(provider: callback.provider, sender: reply.to).compactMap { tenant in
                ReplyAddress(reply.from, region: tenant.region).map { address in
                    ReceiptBatch.Person(tenant: tenant.tenant, channel: nil, hash: address.hash(with: tenant.key))
                }
            }
            switch keyword {
            case .stop:
                try batch.suppress(people, reason: .optout, origin: "reply \(names[callback.provider] ?? "")")
            case .start: try batch.liftReplies(people)
            }
        }

        // MARK: What becomes of the callbacks

        private func settled(_ place: Int, missing: [Int]) -> ReceiptBatch.Settled {
            let callback = batch.callbacks[place]
            if let problem = problems[place] {
                return .init(callback, .unreadable, note: problem, next: batch.now)
            }
            if !missing.isEmpty {
                var note = "\(missing.count) of \(counts[place]): no such message of this provider"
                if let archive = archives[place] {
                    note =
                        "\(missing.count) of \(counts[place]): the message is archived in \(archive); it counts if that is restored in time"
                }
                let wait = ReceiptPipeline.waits[min(callback.tries, ReceiptPipeline.waits.count - 1)]
                let isOver = batch.now + wait > callback.receivedAt + ReceiptPipeline.patience
                return .init(
                    callback, isOver ? .expired : .parked, note: note, openEvents: missing, next: batch.now + wait)
            }
            let note = words[place].joined(separator: ", ")
            return note.isEmpty
                ? .init(callback, .ignored, note: "says nothing of messages", next: batch.now)
                : .init(callback, .applied, note: note, next: batch.now)
        }
    }
}
