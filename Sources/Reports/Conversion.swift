import Domain
import Storage

/// Amounts in one currency beside those that were booked, by the last rate up to the period's last day.
package struct Conversion: Sendable {
    package let currency: Currency
    private let rates: [String: DatedRate]
    /// The rates that are needed, in a stable order.
    package let used: [DatedRate]

    /// `currencies` are those that occur: each needs a rate, because an amount that is left out would look like zero.
    package init(
        into currency: Currency, rates: [String: DatedRate], of currencies: Set<String>, on day: CivilDate
    ) throws(ReportError) {
        self.currency = currency
        let needed = currencies.filter { !$0.isEmpty && $0 != currency.code }.sorted()
        let missing = needed.filter { rates[$0] == nil }
        guard missing.isEmpty else { throw .noRate(from: missing, to: currency.code, day: day) }
        self.rates = rates
        used = needed.compactMap { rates[$0] }
    }

    package func convert(_ micros: Int64, from code: String) throws(ReportError) -> Int64 {
        if micros == 0 || code == currency.code { return micros }
        guard let rate = rates[code], let value = rate.rate.convert(micros) else {
            throw .tooLarge(currency: code)
        }
        return value
    }
}

extension DatedRate {
    /// As reports say what they converted by.
    package var json: JSON {
        ["from": .string(from), "to": .string(to), "day": .string(day), "rate": .string(rate.description)]
    }
}
