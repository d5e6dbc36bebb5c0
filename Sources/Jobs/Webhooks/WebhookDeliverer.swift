import Domain
import Senders
import Storage
import Synchronization

/// Tells endpoints what they want to know. Any number of processes may run one: each takes up what is due, for a
/// lease, so that what a dead one had is told by another.
///
/// At least once, always under the same id, and what is told about one message in its order. One that does not answer
/// holds up nobody: it has a queue of its own and few places, one alone once it fails, and rests between its tries.
package final class WebhookDeliverer: Sendable {
    package struct Pace: Sendable {
        /// Under way in this process.
        package var total = 128
        package var each = 8
        /// For all endpoints that fail.
        package var failing = 32
        /// Longer than a call may take.
        package var lease: Duration = .seconds(60)
        package var look: Duration = .milliseconds(250)
        /// Where nothing arrived for so long, nothing more is sent.
        package var patience: Duration = .seconds(3 * 86_400)
        /// How long what is under way is waited for at the end.
        package var farewell: Duration = .seconds(5)
        /// How long after a failure it is told again; nil: it is given up.
        var wait: @Sendable (_ attempt: Int, _ age: Duration, _ asked: Duration?) -> Duration? = {
            var random = SystemRandomNumberGenerator()
            return WebhookBackoff.wait(after: $0, age: $1, asked: $2, using: &random)
        }

        package init() {}
    }

    private struct State {
        /// Taken up and not settled, by endpoint.
        var busy: [Int64: Int] = [:]
        var settled: [WebhookQueue.Settled] = []

        var total: Int { busy.values.reduce(0, +) }
    }

    private let queue: WebhookQueue
    private let keys: KeyRing
    private let sender: WebhookSender
    private let pace: Pace
    private let wake = WakeSignal()
    private let state = Mutex(State())
    private let now: @Sendable () -> Timestamp
    private let onDisabled: @Sendable (WebhookQueue.Disabled) -> Void

    package init(
        database: Database, keys: KeyRing, sender: WebhookSender, pace: Pace = Pace(),
        now: @escaping @Sendable () -> Timestamp = { .now },
        onDisabled: @escaping @Sendable (WebhookQueue.Disabled) -> Void = { _ in }
    ) {
        queue = WebhookQueue(database: database, keys: keys)
        self.keys = keys
        self.sender = sender
        self.pace = pace
        self.now = now
        self.onDisabled = onDisabled
    }

    /// Until cancelled. A round that fails (the database is away) is followed by another.
    package func run() async {
        while !Task.isCancelled {
            let generation = wake.generation
            let didSomething = (try? await round()) ?? false
            if !didSomething { await wake.wait(after: generation, atMost: pace.look) }
        }
        await finish()
    }

    private func round() async throws -> Bool {
        let settled = try await settle()
        let busy = state.withLock { $0.busy }
        let total = busy.values.reduce(0, +)
        // Where nearly all places are taken, a few more are worth no statement of their own.
        guard pace.total - total >= min(8, pace.total) else { return settled }
        let room = WebhookQueue.Room(total: pace.total - total, each: pace.each, failing: pace.failing)
        let deliveries = try await queue.claim(room, busy: busy, lease: pace.lease)
        state.withLock { state in
            for delivery in deliveries { state.busy[delivery.endpoint, default: 0] += 1 }
        }
        for delivery in deliveries {
            Task { [self] in
                let settled = await deliver(delivery)
                state.withLock { $0.settled.append(settled) }
                wake.signal()
            }
        }
        return settled || !deliveries.isEmpty
    }

    /// What can't be stored now is stored with the next.
    private func settle() async throws -> Bool {
        let settled = state.withLock { state in
            defer { state.settled = [] }
            return state.settled
        }
        guard !settled.isEmpty else { return false }
        do {
            for disabled in try await queue.settle(settled, patience: pace.patience) { onDisabled(disabled) }
        } catch {
            state.withLock { $0.settled += settled }
            throw error
        }
        state.withLock { state in
            for one in settled {
                let left = (state.busy[one.delivery.endpoint] ?? 1) - 1
                state.busy[one.delivery.endpoint] = left > 0 ? left : nil
            }
        }
        return true
    }

    private func deliver(_ delivery: WebhookDelivery) async -> WebhookQueue.Settled {
        guard let content = delivery.content else { return .init(delivery, .gone, status: 0, note: "") }
        let answer: WebhookSender.Answer
        do {
            answer = await sender.send(
                WebhookPayload.body(of: content), id: delivery.webhookID, to: delivery.url,
                secrets: try WebhookSecrets.open(delivery.secrets, with: keys), now: now())
        } catch {
            answer = .init(status: 0, problem: "Its secret can't be read.")
        }
        if answer.isDelivered { return .init(delivery, .told, status: answer.status, note: "") }
        let wait = pace.wait(delivery.attempt, delivery.now - delivery.queuedAt, answer.retryAfter)
        return .init(
            delivery, wait.map { .again(after: $0) } ?? .givenUp, status: answer.status, note: answer.problem)
    }

    /// What is still under way then is told again by somebody else, once its lease is over.
    private func finish() async {
        let deadline = ContinuousClock.now + pace.farewell
        // This task is cancelled and can't wait: another one does.
        await Task { [self] in
            while state.withLock({ $0.total }) > 0, ContinuousClock.now < deadline {
                let generation = wake.generation
                if (try? await settle()) != true { await wake.wait(after: generation, atMost: .milliseconds(100)) }
            }
        }.value
    }
}
