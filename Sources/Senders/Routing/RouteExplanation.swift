import Domain

/// Why a message goes where it goes, in parts that a person can be shown: which rules were looked at, which decides
/// and by what, and through whom it goes in which order.
package struct RouteExplanation: Sendable {
    /// A rule that was looked at.
    package struct Look: Sendable {
        package let rule: RouteRule
        /// The first condition that does not hold; nil where all do.
        package let failing: RouteCondition?
        /// Digits of the number, or characters of the domain, that the rule names.
        package let matchLength: Int

        package var holds: Bool { failing == nil && rule.isEnabled }
    }

    /// What set the deciding rule before the next one that holds.
    package enum Precedence: String, Sendable, Hashable {
        case onlyOne = "only_one"
        case order
        case matchLength = "longer_match"
        case ownTenant = "own_tenant"
        case moreConditions = "more_conditions"
        case older
    }

    package struct Step: Sendable {
        package let provider: RouteProvider
        package let weight: Int32
        /// For one segment or message; nil without a price.
        package let rate: PriceTable.Rate?
        /// Nil where nothing is known of its health.
        package let standing: ProviderStandings.Entry?
        package let sender: String
    }

    package enum SenderOrigin: String, Sendable, Hashable {
        case rule
        case senderTable = "sender_table"
        case providerDefault = "provider_default"
    }

    /// Those that hold come first, in the order in which they would decide.
    package let looks: [Look]
    package let choice: RouteChoice
    /// The deciding rule.
    package let rule: RouteRule?
    package let precedence: Precedence
    package let steps: [Step]
    /// Providers of the rule that can't be used, and why.
    package let leftOut: [(provider: Int64, name: String?, refusal: RouteRefusal)]
    package let senderOrigin: SenderOrigin
    /// Set where a name as sender needs care in this country.
    package let registration: SenderRegistration?
}

extension RouteTable {
    /// Decides as a scope does and says why. For people, one message at a time: goes over every rule.
    package func explain(
        _ question: RouteQuestion, address: [UInt8], region: Region, message: MessageID, standings: ProviderStandings
    ) -> RouteExplanation {
        let scope = RouteScope(self, question)
        let choice = scope.choose(address.span, region: region, message: message, standings: standings)
        let looks = rules.map { look(at: $0, question, address, region) }
        let holding = looks.filter(\.holds).enumerated().sorted {
            ($0.element.rule.order, -$0.element.matchLength, $0.offset)
                < ($1.element.rule.order, -$1.element.matchLength, $1.offset)
        }.map(\.element)
        let rule = scope.rule(of: choice)
        let steps = (0..<choice.plan.count).map { step in
            let provider = providers[Int(choice.plan[step])]
            return RouteExplanation.Step(
                provider: provider, weight: rule?.targets.first { $0.provider == provider.id }?.weight ?? 0,
                rate: provider.prices[question.channel]?.rate(for: address.span),
                standing: standings.known(provider.id),
                sender: scope.senderText(scope.sender(for: choice, step: step, region: region)))
        }
        let leftOut = (rule?.targets ?? []).compactMap { target in
            let known = provider(target.provider)
            let refusal = known.map { $0.refusal(for: question.tenant) } ?? .removed
            return refusal.map { (target.provider, known?.name, $0) }
        }
        let sender = scope.senderText(choice.sender)
        let mayNeedCare = question.channel == .sms && SenderRegistration.isName(sender)
        return RouteExplanation(
            looks: holding + looks.filter { !$0.holds }, choice: choice, rule: rule,
            precedence: Self.precedence(holding), steps: steps, leftOut: leftOut,
            senderOrigin: sender.isEmpty ? .providerDefault : rule?.from.isEmpty == false ? .rule : .senderTable,
            registration: mayNeedCare ? SenderRegistration.of(region) : nil)
    }

    private func look(at rule: RouteRule, _ question: RouteQuestion, _ address: [UInt8], _ region: Region)
        -> RouteExplanation.Look
    {
        var failing = question.failing(rule)
        var length = 0
        if failing == nil, !rule.countries.isEmpty, !rule.countries.contains(region) { failing = .country }
        if failing == nil, let prefixes = rule.prefixes {
            length = question.channel.addressKind == .phone ? Self.match(prefixes, address) : 0
            if length == 0 { failing = .prefix }
        }
        if failing == nil, !rule.domains.isEmpty {
            length = question.channel.addressKind == .email ? Self.match(rule.domains, address) : 0
            if length == 0 { failing = .domain }
        }
        return RouteExplanation.Look(rule: rule, failing: failing, matchLength: length)
    }

    private static func match(_ prefixes: [NumberPrefix], _ address: [UInt8]) -> Int {
        prefixes.lazy.filter { $0.begins(address.span) }.map(\.count).max() ?? 0
    }

    private static func match(_ domains: [String], _ address: [UInt8]) -> Int {
        let text = String(decoding: address, as: UTF8.self).lowercased()
        return domains.lazy.filter { text.hasSuffix("@" + $0) || text.hasSuffix("." + $0) }.map(\.utf8.count).max() ?? 0
    }

    private static func precedence(_ holding: [RouteExplanation.Look]) -> RouteExplanation.Precedence {
        guard holding.count > 1 else { return .onlyOne }
        let (first, second) = (holding[0], holding[1])
        if first.rule.order != second.rule.order { return .order }
        if first.matchLength != second.matchLength { return .matchLength }
        if (first.rule.tenant == nil) != (second.rule.tenant == nil) { return .ownTenant }
        return first.rule.conditionCount != second.rule.conditionCount ? .moreConditions : .older
    }
}
