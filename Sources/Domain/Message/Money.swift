/// An amount in millionths of a currency's unit. Never a floating-point number.
package struct Money: Sendable, Hashable {
    package var micros: Int64
    package var currency: Currency

    package init(micros: Int64, currency: Currency) {
        self.micros = micros
        self.currency = currency
    }
}
