import Domain
import Storage
import Synchronization

/// From a key's text to who asks, out of memory. A key is read from the database once, and again when the configuration
/// changed or after a minute. The public names of all keys are known too (8 bytes each), so that what nobody owns is
/// refused without a query: however many guess, the database does not feel it, and a right key never waits for them.
package final class AccessCache: Sendable {
    /// Where the time comes from: the calendar's for when keys end, the steady one for how old something is.
    package struct Clock: Sendable {
        package var wall: @Sendable () -> Timestamp
        package var steady: @Sendable () -> ContinuousClock.Instant

        package init(
            wall: @escaping @Sendable () -> Timestamp = { .now },
            steady: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
        ) {
            self.wall = wall
            self.steady = steady
        }
    }

    private final class Entry: Sendable {
        let record: KeyRecord
        let read: ContinuousClock.Instant
        /// In microseconds; 0 once it was written down.
        let used = Atomic<Int64>(0)

        init(_ record: KeyRecord, read: ContinuousClock.Instant) {
            self.record = record
            self.read = read
        }
    }

    private struct State {
        var entries: [APIKeyID: Entry] = [:]
        var known: Set<APIKeyID> = []
        var knownSince: ContinuousClock.Instant?
        /// Raised when all that is known may be wrong.
        var age = 0
        var readings: [APIKeyID: Task<Entry?, any Error>] = [:]
        var census: Task<Set<APIKeyID>, any Error>?
        /// Of entries that were forgotten before it was written down.
        var used: [Int64: Timestamp] = [:]
        var brake: GuessBrake
    }

    private let store: AccessStore
    private let clock: Clock
    private let state: Mutex<State>
    private static let lifetime: Duration = .seconds(60)

    package init(store: AccessStore, clock: Clock = Clock()) {
        self.store = store
        self.clock = clock
        state = Mutex(State(brake: GuessBrake(now: clock.steady())))
    }

    /// Who asks with this key from this address. Throws only where the database was needed and is away.
    package func check(_ text: [UInt8], from address: IPAddress) async throws -> AccessVerdict {
        guard let token = APIKeyToken(text) else { return refusal(.malformed, address) }
        if let entry = fresh(token.id) { return judge(entry, token, address) }
        guard try await isKnown(token.id), let entry = try await read(token.id) else {
            return judge(nil, token, address)
        }
        return judge(entry, token, address)
    }

    /// Who asks, where that can be said without the database: for a path that must not wait. Nil: ask `check`.
    package func quickCheck(_ text: [UInt8], from address: IPAddress) -> AccessVerdict? {
        guard let token = APIKeyToken(text), let entry = fresh(token.id) else { return nil }
        return judge(entry, token, address)
    }

    /// The configuration changed: everything is read again when it is next asked for.
    package func forget() {
        state.withLock { state in
            for entry in state.entries.values { Self.collect(entry, into: &state.used) }
            state.entries = [:]
            state.readings = [:]
            state.census = nil
            state.knownSince = nil
            state.age += 1
        }
    }

    // MARK: Judging

    /// Takes as long for a key that does not exist as for one with another secret.
    private func judge(_ entry: Entry?, _ token: APIKeyToken, _ address: IPAddress) -> AccessVerdict {
        let now = clock.wall()
        let given = SecretHash(token)
        let isCurrent = (entry?.record.secret ?? .none).equals(given)
        let isFormer = (entry?.record.former?.secret ?? .none).equals(given)
        guard let entry, isCurrent || isFormer else {
            return refusal(token.isIntact ? .unknown : .mistyped, address)
        }
        let record = entry.record
        if record.revokedAt != nil { return refusal(.revoked, address) }
        if let end = record.expiresAt, end <= now { return refusal(.expired, address) }
        // Where both are the same text nothing has ended.
        if !isCurrent, let end = record.former?.until, end <= now { return refusal(.expired, address) }
        guard record.networks.isEmpty || record.networks.contains(where: { $0.contains(address) }) else {
            return refusal(.foreignNetwork, address)
        }
        entry.used.store(now.micros, ordering: .relaxed)
        return .caller(record.caller)
    }

    private func refusal(_ fault: AccessFault, _ address: IPAddress) -> AccessVerdict {
        guard fault.isGuess else { return .refused(fault) }
        let now = clock.steady()
        let wait = state.withLock { $0.brake.guessed(from: address, now: now) }
        return wait.map { .slowed($0) } ?? .refused(fault)
    }

    // MARK: Reading

    private func fresh(_ id: APIKeyID) -> Entry? {
        guard let entry = state.withLock({ $0.entries[id] }) else { return nil }
        return entry.read.duration(to: clock.steady()) < Self.lifetime ? entry : nil
    }

    /// Whether there is such a key, as of the last change that was heard of.
    private func isKnown(_ id: APIKeyID) async throws -> Bool {
        let now = clock.steady()
        let task: Task<Set<APIKeyID>, any Error>? = state.withLock { state in
            if state.known.contains(id) { return nil }
            if let since = state.knownSince, since.duration(to: now) < Self.lifetime { return nil }
            if let census = state.census { return census }
            let age = state.age
            let census = Task { [self] in try await takeCensus(age, now) }
            state.census = census
            return census
        }
        guard let task else { return state.withLock { $0.known.contains(id) } }
        return try await task.value.contains(id)
    }

    private func takeCensus(_ age: Int, _ now: ContinuousClock.Instant) async throws -> Set<APIKeyID> {
        let result: Result<Set<APIKeyID>, any Error>
        do { result = .success(try await store.knownIDs()) } catch { result = .failure(error) }
        state.withLock { state in
            // What was read before a change serves those who asked before it, and nobody else.
            guard state.age == age else { return }
            state.census = nil
            guard case .success(let known) = result else { return }
            state.known = known
            state.knownSince = now
        }
        return try result.get()
    }

    /// One query, however many ask at once.
    private func read(_ id: APIKeyID) async throws -> Entry? {
        let now = clock.steady()
        let (known, task) = state.withLock { state -> (Entry?, Task<Entry?, any Error>?) in
            // Read by somebody else since this one looked.
            if let entry = state.entries[id], entry.read.duration(to: now) < Self.lifetime { return (entry, nil) }
            if let reading = state.readings[id] { return (nil, reading) }
            let age = state.age
            let reading = Task { [self] in try await readOnce(id, age, now) }
            state.readings[id] = reading
            return (nil, reading)
        }
        guard let task else { return known }
        return try await task.value
    }

    private func readOnce(_ id: APIKeyID, _ age: Int, _ now: ContinuousClock.Instant) async throws -> Entry? {
        let result: Result<Entry?, any Error>
        do {
            result = .success(try await store.record(id).map { Entry($0, read: now) })
        } catch {
            result = .failure(error)
        }
        state.withLock { state in
            guard state.age == age else { return }
            state.readings[id] = nil
            guard case .success(let entry) = result else { return }
            if let old = state.entries[id] { Self.collect(old, into: &state.used) }
            state.entries[id] = entry
            if entry == nil { state.known.remove(id) }
        }
        return try result.get()
    }

    // MARK: When keys were used

    /// Writes down when keys were used; called once a minute.
    package func noteUse() async throws {
        let used = state.withLock { state in
            for entry in state.entries.values { Self.collect(entry, into: &state.used) }
            defer { state.used = [:] }
            return state.used
        }
        try await store.noteUse(used)
    }

    private static func collect(_ entry: Entry, into used: inout [Int64: Timestamp]) {
        let micros = entry.used.exchange(0, ordering: .relaxed)
        guard micros > 0 else { return }
        let key = entry.record.caller.key
        used[key] = max(used[key] ?? Timestamp(micros: 0), Timestamp(micros: micros))
    }

    /// Until cancelled; what is left then is written down.
    package func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(60))
            // A database that is away costs a minute's note.
            try? await noteUse()
        }
    }
}
