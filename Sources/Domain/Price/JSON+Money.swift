extension JSON {
    /// An amount as the API and webhooks show it: exact, in a text, with its currency.
    package static func money(_ micros: Int64, _ currency: String) -> JSON {
        ["amount": .string(PriceText.decimal(micros)), "currency": .string(currency)]
    }
}
