import Domain
import Storage
import Synchronization

/// Keeps a worker known as alive, on a connection of its own so that nothing delays it, and its lease
/// valid. A worker that was declared dead is registered anew under another number.
final class Heartbeat: Sendable {
    static let interval: Duration = .milliseconds(500)

    /// A worker's number and the right to send that goes with it.
    struct Registration: Sendable {
        let worker: Int64
        let lease: Lease
    }

    private let store: WorkerStore
    private let connection: PostgresConnection
    private let terms: LeaseTerms
    private let identity = ProcessIdentity.current()
    private let state: Mutex<(registration: Registration, isAbandoned: Bool)>

    static func start(on database: Database, terms: LeaseTerms) async throws -> Heartbeat {
        let store = WorkerStore(database: database)
        let registration = try await register(in: store, as: ProcessIdentity.current(), terms)
        return Heartbeat(
            store: store, connection: database.dedicatedConnection(name: "heartbeat"), terms: terms,
            registration: registration)
    }

    private init(store: WorkerStore, connection: PostgresConnection, terms: LeaseTerms, registration: Registration) {
        self.store = store
        self.connection = connection
        self.terms = terms
        state = Mutex((registration, false))
    }

    private static func register(
        in store: WorkerStore, as identity: ProcessIdentity, _ terms: LeaseTerms
    ) async throws -> Registration {
        let sent = ContinuousClock.now
        let worker = try await store.register(
            machine: identity.machine, pid: identity.pid, pidStarted: identity.started)
        let lease = Lease()
        lease.renew(sent: sent, length: terms.length)
        return Registration(worker: worker, lease: lease)
    }

    /// Taken before a claim and kept for what was claimed.
    var registration: Registration { state.withLock { $0.registration } }

    /// Beats until cancelled or abandoned.
    func run() async {
        while !Task.isCancelled {
            let (current, isAbandoned) = state.withLock { $0 }
            if isAbandoned { return }
            let sent = ContinuousClock.now
            do {
                if try await store.beat(worker: current.worker, on: connection) {
                    current.lease.renew(sent: sent, length: terms.length)
                } else {
                    current.lease.end()
                    let fresh = try await Self.register(in: store, as: identity, terms)
                    state.withLock { $0.registration = fresh }
                }
            } catch {
                // No answer: the lease runs out by itself, and the next beat tries again.
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Nothing is sent any more, whatever is under way.
    func abandon() {
        state.withLock { state in
            state.isAbandoned = true
            state.registration.lease.end()
        }
    }

    /// Leaves in order: what it still holds is free at once.
    func leave() async {
        let registration = registration
        registration.lease.end()
        _ = try? await store.rescue(worker: registration.worker, leaves: true)
        await connection.close()
    }
}
