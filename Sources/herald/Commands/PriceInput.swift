import Domain
import Storage

/// The options of `price add` as a price.
struct PriceInput {
    let provider: Int64
    let providerName: String
    let channel: Channel
    let prefix: String
    let micros: Int64
    let currency: Currency
    let from: CivilDate?
    /// The first day on which it no longer holds.
    let to: CivilDate?

    init(_ arguments: Arguments, providers: [String: Int64]) throws {
        providerName = try arguments.required("provider")
        guard let provider = providers[providerName] else {
            throw CommandError.failed("There is no provider “\(providerName)”. `herald provider list` shows them.")
        }
        channel = try Arguments.word(arguments.required("channel"), of: Channel.self, in: "--channel")
        prefix = try arguments.prefix("prefix") ?? ""
        guard prefix.isEmpty || channel.addressKind == .phone else {
            throw CommandError.usage("--prefix is for channels that go to numbers; \(channel.rawValue) does not.")
        }
        let text = try arguments.required("price")
        do throws(PriceText.Fault) { micros = try PriceText.micros(text) } catch {
            throw CommandError.usage("--price: \(error).")
        }
        guard let currency = Currency(try arguments.required("currency")) else {
            throw CommandError.usage("--currency takes a code of three letters such as SGD.")
        }
        (from, to) = (try arguments.date("from"), try arguments.date("to"))
        self.provider = provider
        self.currency = currency
        if let to, from ?? CivilDate(daysSinceEpoch: 0) >= to {
            throw CommandError.usage("--to is the first day on which the price no longer holds: it comes after --from.")
        }
    }

    func store(in store: ProviderStore) async throws {
        try await store.addPrice(
            provider: provider, channel: channel, prefix: prefix, micros: micros, currency: currency, from: from, to: to
        )
    }
}
