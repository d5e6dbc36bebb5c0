import Domain

extension ConfigReader {
    /// In which the vendor tells prices.
    mutating func currency() throws(ConfigError) -> Currency? {
        guard let code = try plainText("currency") else { return nil }
        guard let currency = Currency(stored: code) else {
            throw ConfigError(setting: place("currency"), problem: "must be a currency such as EUR")
        }
        return currency
    }

    /// Where the vendor is to report to, where it carries our own reference by itself and the address stays as it is.
    mutating func plainURL(_ name: String) throws(ConfigError) -> [UInt8]? {
        guard let text = try plainText(name) else { return nil }
        let isAddress = text.hasPrefix("https://") || text.hasPrefix("http://")
        guard isAddress, !text.contains("#"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ConfigError(
                setting: place(name), problem: "must be an address such as https://herald.example/v1/callbacks/NAME")
        }
        return Array(text.utf8)
    }
}

extension RequestSource {
    /// A number without its plus, as several vendors want it.
    func digits(_ range: FieldRange) -> [UInt8] {
        let number = bytes(range)
        return number.first == UInt8(ascii: "+") ? Array(number.dropFirst()) : number
    }
}
