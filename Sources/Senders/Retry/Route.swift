import Domain

/// The providers that a message may go to, in order, and the rule by which it goes on.
///
/// | outcome | at most once | at least once |
/// | --- | --- | --- |
/// | sent, permanent | final | final |
/// | throttled | the same after the wait | the same after the wait |
/// | temporary | the same after a backoff; tries used up: the next | as at most once |
/// | not sent | the next now; on the last: the same after a backoff | as at most once |
/// | in doubt | final: unknown | as not sent, and doubted from then on |
///
/// A wait that would outlast the message's time goes to the next provider at once. Where nothing is
/// left, the message has expired if its time is over, else it failed; if doubted, it is unknown.
package struct Route: Sendable, Hashable {
    /// How often each provider is tried.
    private let steps: [RetryPolicy]

    /// Nil without a step: a route that leads nowhere is a mistake in the configuration.
    package init?(_ steps: [RetryPolicy]) {
        if steps.isEmpty { return nil }
        self.steps = steps
    }

    /// `remaining` is the time until the message expires; nil where it never does.
    package func decide(
        _ outcome: Outcome, at position: RoutePosition, mode: DeliveryMode, remaining: Duration?,
        using random: inout some RandomNumberGenerator
    ) -> Decision {
        switch outcome {
        case .sent(let reference, let cost):
            return .sent(reference: reference, cost: cost)
        case .permanent(let reason):
            return end(position, .failed(reason: reason), reason)
        case .throttled(let wait):
            return afterThrottle(wait, position, remaining)
        case .temporary(let reason):
            return retry(position, remaining, reason, &random)
        case .notSent(let reason):
            return elsewhere(position, remaining, reason, &random)
        case .inDoubt(let reason):
            guard mode == .atLeastOnce else { return .unknown(reason: reason) }
            var doubted = position
            doubted.isDoubted = true
            return elsewhere(doubted, remaining, reason, &random)
        }
    }

    /// A position stored before the route was shortened stands on its last step.
    func policy(at position: RoutePosition) -> RetryPolicy { steps[min(max(position.step, 0), steps.count - 1)] }

    private func afterThrottle(_ wait: Duration, _ position: RoutePosition, _ remaining: Duration?) -> Decision {
        let reason = "throttled for too long"
        var next = position
        next.throttles += 1
        next.attempt += 1
        // Where there is no other provider a limit is waited out: it says nothing about the message.
        if next.throttles > policy(at: position).maxThrottles, position.step < steps.count - 1 {
            return goOn(position, remaining, orElse: .failed(reason: reason), reason)
        }
        guard hasTime(wait, remaining) else { return goOn(position, remaining, orElse: .expired, reason) }
        return .retrySame(next, after: wait)
    }

    /// The next provider now; the last one is tried again after a backoff.
    private func elsewhere(
        _ position: RoutePosition, _ remaining: Duration?, _ reason: String,
        _ random: inout some RandomNumberGenerator
    ) -> Decision {
        let isLast = position.step >= steps.count - 1
        return isLast
            ? retry(position, remaining, reason, &random)
            : goOn(position, remaining, orElse: .failed(reason: reason), reason)
    }

    /// The same provider after a backoff; the next where tries or time are used up.
    private func retry(
        _ position: RoutePosition, _ remaining: Duration?, _ reason: String,
        _ random: inout some RandomNumberGenerator
    ) -> Decision {
        let policy = self.policy(at: position)
        guard position.tries < policy.maxAttempts else {
            return goOn(position, remaining, orElse: .failed(reason: reason), reason)
        }
        let wait = policy.backoff(tries: position.tries, using: &random)
        guard hasTime(wait, remaining) else { return goOn(position, remaining, orElse: .expired, reason) }
        var next = position
        next.tries += 1
        next.attempt += 1
        return .retrySame(next, after: wait)
    }

    /// The next provider, or on the last one the end that is given.
    private func goOn(
        _ position: RoutePosition, _ remaining: Duration?, orElse ending: Decision, _ reason: String
    ) -> Decision {
        guard hasTime(.zero, remaining) else { return end(position, .expired, reason) }
        guard position.step < steps.count - 1 else { return end(position, ending, reason) }
        var next = position
        next.step += 1
        next.tries = 1
        next.throttles = 0
        next.attempt += 1
        return .nextProvider(next)
    }

    private func hasTime(_ wait: Duration, _ remaining: Duration?) -> Bool {
        remaining.map { $0 > wait } ?? true
    }

    /// A message that may be out never ends as certainly not sent.
    private func end(_ position: RoutePosition, _ certain: Decision, _ reason: String) -> Decision {
        position.isDoubted ? .unknown(reason: reason) : certain
    }
}
