/// An amount in millionths of a currency's unit. Never a floating-point number.
package struct Money: Sendable, Hashable {
    package var micros: Int64
    package var currency: Currency

    package init(micros: Int64, currency: Currency) {
        self.micros = micros
        self.currency = currency
    }
}

/// An ISO 4217 code of three capital letters.
package struct Currency: Sendable, Hashable {
    package let code: String

    package init?(_ text: String) {
        let upper = text.uppercased()
        guard upper.utf8.count == 3, upper.utf8.allSatisfy({ $0 >= 0x41 && $0 <= 0x5A }) else { return nil }
        code = upper
    }

    /// Codes of ISO 4217 that are no money which is paid with: for tests, for none, metals, units of account.
    private static let noMoney: Set<String> = [
        "XXX", "XTS", "XAU", "XAG", "XPT", "XPD", "XBA", "XBB", "XBC", "XBD", "XDR", "XSU", "XUA",
    ]

    package var isMoney: Bool { !Self.noMoney.contains(code) }
}
