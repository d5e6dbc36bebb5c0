/// What happens because nothing happened.
extension SMPPSession {
    /// To be called at `nextTick` or soon after, and harmless at any other time.
    mutating func tick(now: Int64) {
        guard state != .closed, state != .idle else { return }
        if now >= answerDue { return close(state == .unbinding ? .unboundHere : .silent) }
        guard state != .binding else { return }
        if endOverdue(now: now) { return }
        guard state == .bound else { return }
        if enquireSequence != 0 {
            guard now - enquiredAt >= options.enquireTimeout else { return }
            unansweredEnquiries += 1
            if unansweredEnquiries >= options.enquireLimit { return close(.silent) }
            enquire(now: now)
        } else if now - heardAt >= options.enquireInterval {
            enquire(now: now)
        }
    }

    /// When `tick` has something to do at the earliest, as far as is known now.
    func nextTick(now: Int64) -> Int64 {
        switch state {
        case .idle, .closed: return .max
        case .binding: return answerDue
        case .bound, .unbinding:
            let enquiry = enquireSequence != 0 ? enquiredAt + options.enquireTimeout : heardAt + options.enquireInterval
            // Looking at the whole window for the oldest would cost more than a few needless calls a second.
            let overdue = window.count > 0 ? now + min(options.responseTimeout / 4 + 1, 100) : .max
            let held = pace.heldUntil > now ? pace.heldUntil : .max
            return min(min(answerDue, enquiry), min(overdue, held))
        }
    }

    /// True where the session is over.
    private mutating func endOverdue(now: Int64) -> Bool {
        guard window.count > 0 else { return false }
        let overdue = window.waiting.filter { $0.due <= now }
        guard !overdue.isEmpty else { return false }
        // A submit that could not even be written all that time stands in the way of all others, and must not be
        // written after its owner was told that it wasn't.
        guard overdue.allSatisfy(isBegun) else {
            close(.silent)
            return true
        }
        for submit in overdue {
            _ = window.take(submit.sequence)
            events.append(
                .unanswered(token: submit.token, begun: true, reason: "\(ProviderReason.timeOut) (smpp: no answer)"))
        }
        if enquireSequence == 0, state == .bound { enquire(now: now) }
        return false
    }

    private mutating func enquire(now: Int64) {
        enquireSequence = nextSequence()
        enquiredAt = now
        write(SMPPCommand.enquireLink, sequence: enquireSequence) { _ in }
    }
}
