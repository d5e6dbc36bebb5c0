import Domain
import Storage

/// What one process knows of one budget: what it may spend without asking, and what of that is on its way. Pure: the
/// database's answers come in, and what must be asked goes out.
///
/// `left` and `inFlight` together never exceed what was granted, so that all processes together never exceed the budget.
struct BudgetShare {
    private(set) var left: Int64 = 0
    /// Of messages whose outcome is not stored yet.
    private(set) var inFlight: Int64 = 0
    private(set) var isHeld = false
    private(set) var usedAt: ContinuousClock.Instant
    /// Not enough was there at the last question: who is refused does not ask again before.
    private(set) var shortUntil: ContinuousClock.Instant?
    private var currency: Currency?
    private var rates: [String: ExchangeRate] = [:]
    /// Since the last settlement.
    private var taken: Int64 = 0
    /// Came back since the question that is under way was asked.
    private var returned: Int64 = 0
    /// Of messages that wait for an answer: their sum, and the cheapest.
    private var wanted: Int64 = 0
    private var need: Int64 = 0
    private var limit: Int64 = .max

    static let memory: Duration = .seconds(1)
    static let idleLimit: Duration = .seconds(60)
    /// A process takes at most this part of what is free in advance.
    private static let largestPart: Int64 = 20

    init(now: ContinuousClock.Instant) { usedAt = now }

    /// Nothing is known of it yet.
    var isKnown: Bool { currency != nil }

    /// An amount in the budget's currency; nil while that is not known. What no rate converts counts for nothing here:
    /// the database says so aloud when it is booked.
    func value(of money: Money) -> Int64? {
        guard let currency else { return nil }
        if money.currency == currency { return money.micros }
        return rates[money.currency.code]?.convert(money.micros) ?? 0
    }

    func allows(_ amount: Int64) -> Bool { amount <= left && !isHeld }

    /// `isForced`: it goes out whatever is left.
    mutating func take(_ amount: Int64, isForced: Bool, now: ContinuousClock.Instant) {
        usedAt = now
        inFlight += amount
        taken += amount
        left = isForced ? max(0, left - amount) : left - amount
    }

    /// What came of it is stored, or it never left.
    mutating func settled(_ amount: Int64) {
        inFlight -= amount
        returned += amount
    }

    /// Could not be paid from what is left.
    mutating func miss(_ amount: Int64, now: ContinuousClock.Instant) {
        usedAt = now
        wanted += amount
        need = need == 0 ? amount : min(need, amount)
    }

    /// What to ask for. `isTick`: once a second, what is not needed goes back.
    mutating func ask(_ budget: Int64, isTick: Bool) -> BudgetStore.Ask {
        let ahead = min(2 * max(taken, wanted), max(left, limit / Self.largestPart))
        if isTick {
            left = min(left, ahead)
            taken = 0
        }
        returned = 0
        defer { (wanted, need) = (0, 0) }
        return BudgetStore.Ask(
            budget: budget, held: left + inFlight, more: max(wanted, ahead - left), need: need)
    }

    mutating func accept(
        _ answer: BudgetStore.Answer, asked: BudgetStore.Ask, now: ContinuousClock.Instant
    ) {
        currency = answer.currency
        rates = answer.rates
        isHeld = answer.isHeld
        limit = max(0, answer.free) + answer.granted
        // What was given back meanwhile may be booked by now or not: it is asked for anew.
        left = isHeld || answer.free < 0 ? 0 : max(0, answer.granted - inFlight - returned)
        let isShort = asked.need > 0 && left < asked.need
        shortUntil = isShort ? now + Self.memory : nil
    }

    /// No message that it paid for is on its way.
    var isIdle: Bool { inFlight == 0 }
}
