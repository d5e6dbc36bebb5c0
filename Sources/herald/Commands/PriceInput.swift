import Domain
import Storage

/// The options of `price add` as a price.
struct PriceInput {
    let provider: Int64
    let providerName: String
    let channel: Channel
    let prefix: String
    /// For messages of so many segments and more.
    let segments: Int
    /// For units after the first so many of a month.
    let after: Int64
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
        segments = try arguments.integer("segments", in: 1...1000) ?? 1
        guard segments == 1 || channel == .sms else {
            throw CommandError.usage("--segments is for sms; \(channel.rawValue) has no segments.")
        }
        after = try arguments.integer("after", in: 1...1_000_000_000_000).map { Int64($0) } ?? 0
        guard after == 0 || segments == 1 else {
            throw CommandError.usage("--segments and --after don't go together: a price has bands or tiers.")
        }
        let text = try arguments.required("price")
        do throws(PriceText.Fault) { micros = try PriceText.micros(text) } catch {
            throw CommandError.usage("--price: \(error).")
        }
        let code = try arguments.required("currency")
        do throws(CurrencyFault) { currency = try Currency(named: code) } catch {
            throw CommandError.usage("--currency: \(error)")
        }
        (from, to) = (try Self.day("from", arguments), try Self.day("to", arguments))
        self.provider = provider
        if let to, from ?? CivilDate(daysSinceEpoch: 0) >= to {
            let (begin, end) = (Self.name("from", arguments), Self.name("to", arguments))
            throw CommandError.usage(
                "--\(end) is the first day on which the price no longer holds: it comes after --\(begin).")
        }
    }

    /// What no two prices have in common: of those that do the last one holds.
    var place: [String] {
        [
            providerName, channel.rawValue, prefix, String(segments), String(after), from?.description ?? "1970-01-01",
        ]
    }

    /// Of two with the same place.
    func isSame(as other: PriceInput) -> Bool { micros == other.micros && currency == other.currency && to == other.to }

    /// False where it was known, as it is.
    @discardableResult func store(in store: ProviderStore) async throws -> Bool {
        do {
            return try await store.addPrice(
                provider: provider, channel: channel, prefix: prefix, segments: segments, after: after,
                micros: micros, currency: currency, from: from, to: to)
        } catch let tier as TierWithoutPrice {
            throw CommandError.failed(tier.description)
        } catch let overlap as PriceOverlap { throw CommandError.failed(overlap.description) }
    }

    private static let otherNames = ["from": "valid-from", "to": "valid-until"]

    /// The word that whoever wrote the price used.
    private static func name(_ name: String, _ arguments: Arguments) -> String {
        arguments.text(name) == nil ? otherNames[name].flatMap { arguments.text($0) == nil ? nil : $0 } ?? name : name
    }

    /// Under the name that price lists of providers give it too.
    private static func day(_ name: String, _ arguments: Arguments) throws -> CivilDate? {
        let other = otherNames[name] ?? name
        guard arguments.text(name) == nil || arguments.text(other) == nil else {
            throw CommandError.usage("--\(name) and --\(other) mean the same: give one of them.")
        }
        return try arguments.date(name) ?? arguments.date(other)
    }
}
