/// A currency by its ISO 4217 code of three capital letters. Whatever a person, a file or a provider names is one that is in
/// use (`CurrencyTable`), so that a slip of the hand never becomes money of its own; what is stored is read as it is.
package struct Currency: Sendable, Hashable {
    package let code: String

    /// In small letters or in capitals.
    package init(named text: some StringProtocol) throws(CurrencyFault) {
        guard let currency = Currency(stored: text) else { throw CurrencyFault(text) }
        guard CurrencyTable.inUse.contains(currency.code) else { throw CurrencyFault(currency.code) }
        self = currency
    }

    /// Nil for what is no currency in use.
    package init?(_ text: some StringProtocol) {
        guard let currency = try? Currency(named: text) else { return nil }
        self = currency
    }

    /// As the database has it. Codes go out of use, and what was booked in one stays; nil only for what is no code at all.
    package init?(stored text: some StringProtocol) {
        let upper = text.uppercased()
        guard upper.utf8.count == 3, upper.utf8.allSatisfy({ $0 >= 0x41 && $0 <= 0x5A }) else { return nil }
        code = upper
    }
}

/// Why a text names no currency in use, and which one may be meant. Words that follow the name of what was given.
package struct CurrencyFault: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    init(_ text: some StringProtocol) {
        let shown = text.prefix(20) + (text.count > 20 ? "…" : "")
        if let successor = CurrencyTable.successors[text.uppercased()] {
            description = "“\(shown)” is no longer a currency in use: \(successor) took its place."
            return
        }
        let near = CurrencyTable.near(text)
        guard near.isEmpty else {
            description = "“\(shown)” is no currency in use (ISO 4217). Did you mean \(near.joined(separator: " or "))?"
            return
        }
        description =
            "“\(shown)” is no currency in use: it takes a code of three letters (ISO 4217) such as SGD or EUR."
    }
}
