import Domain

@testable import Senders

/// Rules and providers for routing tests, and one question at a time.
struct RuleBench {
    var rules: [RouteRule] = []
    var providers: [RouteProvider] = []
    var senders: [SenderIdentity] = []

    /// Providers 1…count, open to all unless said otherwise.
    init(providers count: Int = 4) {
        providers = (1...count).map { Self.provider(Int64($0)) }
    }

    static func provider(
        _ id: Int64, owner: Int64? = nil, grants: Set<Int64> = [], state: RouteProvider.State = .ready,
        prices: [String: Int64] = [:], currency: String = "SGD"
    ) -> RouteProvider {
        var table = PriceTable()
        for (prefix, micros) in prices {
            if let currency = Currency(currency) {
                table.set(prefix: prefix, to: PriceTable.Rate(micros: micros, currency: currency))
            }
        }
        return RouteProvider(
            id: id, name: "p\(id)", access: ProviderAccess(owner: owner, grants: grants), state: state,
            prices: prices.isEmpty ? [:] : [.sms: table])
    }

    /// Ids grow with each.
    mutating func rule(_ providers: Int64..., change: (inout RouteRule) -> Void = { _ in }) {
        var rule = RouteRule(id: Int64(rules.count + 1), targets: providers.map { RouteRule.Target(provider: $0) })
        change(&rule)
        rules.append(rule)
    }

    var table: RouteTable { RouteTable(rules: rules, providers: providers, senders: senders) }

    func scope(
        tenant: Int64 = 1, source: Int64? = nil, channel: Channel = .sms, category: Domain.Category = .otp,
        priority: Priority = .normal
    ) -> RouteScope {
        table.scope(tenant: tenant, source: source, channel: channel, category: category, priority: priority)
    }
}

extension RouteScope {
    func choose(
        _ address: String, _ region: String = "SG", message: Int64 = 1, standings: ProviderStandings = .unknown
    ) -> RouteChoice {
        let bytes = Array(address.utf8)
        return choose(
            bytes.span, region: Region(region) ?? .none, message: MessageID(rawValue: message), standings: standings)
    }

    /// The providers in order.
    func order(
        _ address: String, _ region: String = "SG", message: Int64 = 1, standings: ProviderStandings = .unknown
    ) -> [Int64] {
        providers(of: choose(address, region, message: message, standings: standings).plan)
    }
}
