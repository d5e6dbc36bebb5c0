import Domain
import Senders
import Storage

/// One message as the ledger has it, while receipts about it are applied: each sees what the ones before it changed.
struct MessageStanding {
    private let rows: [LedgerAttempt]
    /// The row that ended the message, or corrected that last.
    private var end: LedgerAttempt
    private(set) var state: MessageState
    private var added: [Booked: Int64] = [:]

    private struct Booked: Hashable {
        let provider: Int64
        let attempt: Int16
        let currency: String
    }

    /// Nil where the message has not ended yet: it is on its way again, and nobody knows what it ends as.
    init?(_ rows: [LedgerAttempt]) {
        let ends = rows.filter(\.final)
        guard let end = ends.first(where: { end in !rows.contains { $0.was == end.state.rawValue } }) else {
            return nil
        }
        self.rows = rows
        self.end = end
        state = end.state
    }

    var message: MessageID { end.message }

    /// The attempt that a report is about: whose address it is that bounced, for example.
    func row(of status: ReceiptStatus, by provider: Int64) -> LedgerAttempt { attempt(of: status, by: provider) }

    /// Whether it is about another channel than the one that the message ended on.
    func isAside(_ status: ReceiptStatus, by provider: Int64) -> Bool {
        attempt(of: status, by: provider).channel != end.channel
    }

    /// Takes a report in; returns the further rows that the ledger needs, none where it says nothing new.
    mutating func take(_ status: ReceiptStatus, from provider: Int64, at now: Timestamp) -> [LedgerCorrection] {
        let attempt = attempt(of: status, by: provider)
        var corrections: [LedgerCorrection] = []
        // What became of an earlier attempt says nothing against the one that ended the message.
        if let claim = status.state.claim, attempt.attempt == end.attempt || claim == .sent || claim == .delivered,
            let next = Transition.next(from: state, report: claim)
        {
            let reason = Self.reason(of: status)
            if attempt.provider == end.provider, attempt.channel == end.channel {
                corrections.append(LedgerCorrection(of: end, at: now, from: state, to: next, reason: reason))
            } else {
                corrections += LedgerCorrection.move(
                    from: end, in: state, to: attempt, at: now, state: next, reason: reason)
                end = attempt
            }
            state = next
        }
        if let cost = status.cost { book(cost, for: attempt, at: now, into: &corrections) }
        for place in corrections.indices { corrections[place].sentAt = sentAt(of: corrections[place].row) }
        return corrections
    }

    /// The ledger may know an attempt by a later row of it alone, where it ended before a crash.
    private func sentAt(of attempt: LedgerAttempt) -> Timestamp {
        rows.filter { $0.attempt == attempt.attempt && $0.provider == attempt.provider }.map(\.at).min() ?? attempt.at
    }

    /// The price that is told is what the attempt costs in all: what was booked for it gives way.
    private mutating func book(
        _ cost: Money, for attempt: LedgerAttempt, at now: Timestamp, into corrections: inout [LedgerCorrection]
    ) {
        var booked = added.filter { $0.key.provider == attempt.provider && $0.key.attempt == attempt.attempt }
            .reduce(into: [String: Int64]()) { $0[$1.key.currency, default: 0] += $1.value }
        for row in rows where row.provider == attempt.provider && row.attempt == attempt.attempt {
            booked[row.currency, default: 0] += row.cost
        }
        let told = cost.currency.code
        for currency in Set(booked.keys).union([told]).sorted() {
            let difference = (currency == told ? cost.micros : 0) - (booked[currency] ?? 0)
            guard difference != 0 else { continue }
            added[
                Booked(provider: attempt.provider, attempt: attempt.attempt, currency: currency), default: 0] +=
                difference
            if let place = corrections.indices.last, corrections[place].currency == currency,
                corrections[place].was != LedgerCorrection.costOnly, attempt.attempt == end.attempt
            {
                corrections[place].cost += difference
            } else {
                corrections.append(
                    LedgerCorrection(of: attempt, at: now, state: state, adding: difference, currency: currency))
            }
        }
    }

    /// The attempt that a report is about: the one with its reference, else one that died with its worker, of which no
    /// reference is known, else the provider's last.
    private func attempt(of status: ReceiptStatus, by provider: Int64) -> LedgerAttempt {
        let own = rows.filter { $0.provider == provider }
        let named = own.filter { $0.place(among: status.references) != nil }
        let lost = rows.filter { $0.isLost && (own.isEmpty || !status.references.isEmpty) }
        let likely = [named, lost, own].first { !$0.isEmpty }
        return likely?.max { $0.attempt < $1.attempt } ?? end
    }

    private static func reason(of status: ReceiptStatus) -> String {
        if !status.reason.isEmpty { return String(status.reason.prefix(200)) }
        return status.state == .bouncedSoft ? "soft_bounce" : ""
    }
}

extension ReceiptState {
    /// What it makes of a message. Whoever opens one has got it. A soft bounce may be followed by a delivery.
    var claim: MessageState? {
        switch self {
        case .sent: .sent
        case .failed: .failed
        case .undelivered, .bouncedSoft: .undelivered
        case .delivered, .opened, .clicked: .delivered
        case .bouncedHard: .bounced
        case .complained: .complained
        case .unsubscribed: nil
        }
    }
}
