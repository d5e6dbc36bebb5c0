import Domain

/// All routing rules, compiled once for each configuration: immutable, shared by everybody who routes.
///
/// Of the rules that hold for a message one decides: the lowest order; among equals the longest number prefix (or the
/// longest domain of an email address); then a tenant's own before a shared one; then the one with more conditions;
/// then the older. If it can't send, the choice says why, and no other rule takes its place.
///
/// What stands in a campaign or a request (tenant, source, channel, category, priority) is settled once by `scope`;
/// what differs from recipient to recipient (number, domain, country) is looked up for each.
package struct RouteTable: Sendable {
    /// With equal order and equally long prefixes an earlier one decides: a rule's place is its rank.
    package let rules: [RouteRule]
    package let providers: [RouteProvider]
    package let senders: [SenderIdentity]
    /// Parallel to the rules.
    let compiled: [CompiledRule]
    /// Enabled rules without prefixes and domains, by order and rank.
    let plain: [UInt32]
    let prefixes: PrefixTrie
    let domains: DomainIndex
    /// What the labels of both stand for.
    let lists: RuleLists
    /// By channel, where a rule compares prices.
    let zones: [Channel: PriceZones]
    /// What the hot path needs of the providers.
    let providerIDs: [Int64]
    private let placeOfProvider: [Int64: UInt16]

    package static let empty = RouteTable(rules: [], providers: [])

    package init(rules: [RouteRule], providers: [RouteProvider], senders: [SenderIdentity] = []) {
        let ranked = rules.sorted(by: Self.ranksBefore)
        self.rules = ranked
        self.senders = senders
        // The last place stands for none.
        self.providers = Array(providers.prefix(Int(UInt16.max)))
        providerIDs = self.providers.map(\.id)
        let places = Dictionary(
            self.providers.enumerated().map { ($0.element.id, UInt16($0.offset)) },
            uniquingKeysWith: { first, _ in first })
        placeOfProvider = places
        compiled = ranked.map { CompiledRule($0) { places[$0] } }
        let enabled = ranked.indices.filter { ranked[$0].isEnabled }
        plain = enabled.filter { ranked[$0].prefixes == nil && ranked[$0].domains.isEmpty }
            .sorted { (ranked[$0].order, $0) < (ranked[$1].order, $1) }.map { UInt32($0) }
        var lists = RuleLists()
        prefixes = Self.trie(ranked, enabled, &lists)
        domains = Self.domainIndex(ranked, enabled, &lists)
        self.lists = lists
        zones = Self.zones(ranked, enabled, self.providers)
    }

    package func scope(_ question: RouteQuestion) -> RouteScope { RouteScope(self, question) }

    /// What the same campaign or request says of all its messages.
    package func scope(tenant: Int64, source: Int64?, channel: Channel, category: Category, priority: Priority)
        -> RouteScope
    {
        RouteScope(
            self,
            RouteQuestion(tenant: tenant, source: source, channel: channel, category: category, priority: priority)
        )
    }

    func place(of provider: Int64) -> UInt16? { placeOfProvider[provider] }

    package func provider(_ id: Int64) -> RouteProvider? { place(of: id).map { providers[Int($0)] } }

    // MARK: Compiling

    private static func ranksBefore(_ a: RouteRule, _ b: RouteRule) -> Bool {
        if (a.tenant == nil) != (b.tenant == nil) { return a.tenant != nil }
        let (ours, theirs) = (a.conditionCount, b.conditionCount)
        return ours == theirs ? a.id < b.id : ours > theirs
    }

    private static func trie(_ rules: [RouteRule], _ enabled: [Int], _ lists: inout RuleLists) -> PrefixTrie {
        var pairs: [(prefix: NumberPrefix, rule: UInt32)] = []
        // A number is no email address: with both conditions a rule never holds.
        for rule in enabled where rules[rule].domains.isEmpty {
            for prefix in rules[rule].prefixes ?? [] { pairs.append((prefix, UInt32(rule))) }
        }
        pairs.sort { ($0.prefix.packed, $0.rule) < ($1.prefix.packed, $1.rule) }
        var entries: [(prefix: NumberPrefix, label: UInt32)] = []
        var start = 0
        while start < pairs.count {
            var end = start + 1
            while end < pairs.count, pairs[end].prefix == pairs[start].prefix { end += 1 }
            entries.append((pairs[start].prefix, lists.label(of: pairs[start..<end].map(\.rule))))
            start = end
        }
        return PrefixTrie(entries)
    }

    private static func domainIndex(_ rules: [RouteRule], _ enabled: [Int], _ lists: inout RuleLists) -> DomainIndex {
        var byDomain: [String: [UInt32]] = [:]
        for rule in enabled where rules[rule].prefixes == nil {
            for domain in Set(rules[rule].domains) { byDomain[domain, default: []].append(UInt32(rule)) }
        }
        var labels: [String: UInt32] = [:]
        for (domain, rules) in byDomain { labels[domain] = lists.label(of: rules) }
        return DomainIndex(labels)
    }

    /// Nothing where no rule asks for prices. Only those whose prices are compared take room.
    private static func zones(_ rules: [RouteRule], _ enabled: [Int], _ providers: [RouteProvider])
        -> [Channel: PriceZones]
    {
        let comparing = enabled.map { rules[$0] }.filter { $0.choice == .cheapest }
        let compared = Set(comparing.flatMap { $0.targets.map(\.provider) })
        guard !compared.isEmpty else { return [:] }
        var zones: [Channel: PriceZones] = [:]
        for channel in Channel.allCases where comparing.contains(where: { ($0.channel ?? channel) == channel }) {
            zones[channel] = PriceZones(providers.map { compared.contains($0.id) ? $0.prices[channel] : nil })
        }
        return zones
    }
}
