private import Synchronization

/// A short-lived token, got once for all batches that wait for it and held until it is to be renewed.
///
/// A refused token is dropped only once it is `leastAge` old: where every token is refused (a wrong key, a wrong
/// clock), a vendor must not be asked for a new one with each message.
final class TokenCache: CredentialSource, Sendable {
    struct Token: Sendable {
        var bytes: [UInt8]
        /// For how long it is used.
        var lasts: Duration
    }

    typealias Fetch = @Sendable (CurlLoop) async -> Result<Token, CredentialFault>

    private struct Held {
        var bytes: [UInt8]
        var since: ContinuousClock.Instant
        var until: ContinuousClock.Instant
    }

    private enum State {
        case empty
        case fetching(Task<Result<Token, CredentialFault>, Never>)
        case held(Held)
    }

    private let state = Mutex(State.empty)
    private let leastAge: Duration
    private let clock: CredentialClock
    private let fetch: Fetch

    init(leastAge: Duration, clock: CredentialClock, fetch: @escaping Fetch) {
        self.leastAge = leastAge
        self.clock = clock
        self.fetch = fetch
    }

    var held: [UInt8]? {
        let now = clock.instant()
        return state.withLock { state in
            guard case .held(let held) = state, now < held.until else { return nil }
            return held.bytes
        }
    }

    func current(over loop: CurlLoop) async throws(CredentialFault) -> [UInt8] {
        let now = clock.instant()
        let (ready, task) = state.withLock { state -> ([UInt8]?, Task<Result<Token, CredentialFault>, Never>?) in
            switch state {
            case .held(let held) where now < held.until: return (held.bytes, nil)
            case .fetching(let task): return (nil, task)
            case .held, .empty:
                // Not a child of this batch: those who wait with it must not lose the token when it is cancelled.
                let task = Task.detached { await self.renew(over: loop) }
                state = .fetching(task)
                return (nil, task)
            }
        }
        if let ready { return ready }
        guard let task else { return [] }
        return try await task.value.get().bytes
    }

    func invalidate(_ used: [UInt8]) {
        let now = clock.instant()
        state.withLock { state in
            guard case .held(let held) = state, held.bytes == used else { return }
            if held.since.duration(to: now) >= leastAge { state = .empty }
        }
    }

    private func renew(over loop: CurlLoop) async -> Result<Token, CredentialFault> {
        let result = await fetch(loop)
        let now = clock.instant()
        state.withLock { state in
            switch result {
            case .success(let token):
                state = .held(Held(bytes: token.bytes, since: now, until: now.advanced(by: token.lasts)))
            case .failure: state = .empty
            }
        }
        return result
    }
}
