import Domain
import TestSupport
import Testing

@testable import Senders

/// The compiled engine against one that goes over every rule for every message.
struct RoutePropertyTests {
    private static let regions = ["SG", "MY", "US", "CA", "001"].compactMap { Region($0) }
    private static let domains = ["a.com", "b.a.com", "c.b.a.com", "d.org", "com"]

    private func some<T>(_ values: [T], _ chance: Int, _ random: inout some RandomNumberGenerator) -> [T] {
        Int.random(in: 0..<100, using: &random) < chance
            ? values.filter { _ in Bool.random(using: &random) } : []
    }

    /// Short alphabets, so that rules collide often.
    private func digits(_ range: ClosedRange<Int>, _ random: inout some RandomNumberGenerator) -> String {
        String((0..<Int.random(in: range, using: &random)).map { _ in "0156".randomElement(using: &random) ?? "0" })
    }

    private func rule(_ id: Int64, _ random: inout some RandomNumberGenerator) -> RouteRule {
        var rule = RouteRule(
            id: id,
            targets: [1, 2, 3, 4, 5].shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)).map {
                RouteRule.Target(provider: $0)
            })
        rule.tenant = [nil, nil, 1, 2].randomElement(using: &random) ?? nil
        rule.channel = [nil, .sms, .email].randomElement(using: &random) ?? nil
        rule.categories = some(Category.allCases, 30, &random)
        rule.priorities = some(Priority.allCases, 20, &random)
        rule.sources = some([7, 8], 20, &random)
        rule.countries = some(Self.regions, 30, &random)
        if Int.random(in: 0..<10, using: &random) < 5 {
            rule.prefixes = (0..<Int.random(in: 1...6, using: &random)).compactMap { _ in
                NumberPrefix(digits(1...6, &random))
            }
        }
        rule.domains = some(Self.domains, rule.prefixes == nil ? 30 : 3, &random)
        rule.order = [50, 100, 100, 100, 1_000_000].randomElement(using: &random) ?? 100
        rule.isEnabled = Int.random(in: 0..<10, using: &random) > 0
        return rule
    }

    /// How long a rule's match is; nil where it doesn't hold.
    private func match(_ rule: RouteRule, _ question: RouteQuestion, _ address: String, _ region: Region) -> Int? {
        guard rule.isEnabled, rule.tenant == nil || rule.tenant == question.tenant,
            rule.channel == nil || rule.channel == question.channel,
            rule.categories.isEmpty || rule.categories.contains(question.category),
            rule.priorities.isEmpty || rule.priorities.contains(question.priority),
            rule.sources.isEmpty || question.source.map({ rule.sources.contains($0) }) == true,
            rule.countries.isEmpty || rule.countries.contains(region)
        else { return nil }
        var length = 0
        if let prefixes = rule.prefixes {
            guard question.channel == .sms,
                let best = prefixes.map(\.digits).filter({ address.hasPrefix("+" + $0) }).map(\.count).max()
            else { return nil }
            length = best
        }
        if !rule.domains.isEmpty {
            let domain = "." + (address.split(separator: "@").last ?? "")
            guard question.channel == .email,
                let best = rule.domains.filter({ domain.hasSuffix("." + $0) }).map(\.utf8.count).max()
            else { return nil }
            length = best
        }
        return length
    }

    private func expected(
        _ rules: [RouteRule], _ question: RouteQuestion, _ address: String, _ region: Region
    ) -> RouteRule? {
        rules.compactMap { rule in match(rule, question, address, region).map { (rule, $0) } }.min { a, b in
            if a.0.order != b.0.order { return a.0.order < b.0.order }
            if a.1 != b.1 { return a.1 > b.1 }
            if (a.0.tenant != nil) != (b.0.tenant != nil) { return a.0.tenant != nil }
            if a.0.conditionCount != b.0.conditionCount { return a.0.conditionCount > b.0.conditionCount }
            return a.0.id < b.0.id
        }?.0
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func theCompiledRulesDecideAsReadingThemAllDoes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let rules = (1...Int64.random(in: 1...80, using: &random)).map { rule($0, &random) }
        let providers = [
            RuleBench.provider(1), RuleBench.provider(2, owner: 1), RuleBench.provider(3, grants: [2]),
            RuleBench.provider(4, state: .takenOut),
        ]
        let table = RouteTable(rules: rules.shuffled(using: &random), providers: providers)
        for _ in 0..<400 {
            let question = RouteQuestion(
                tenant: Int64.random(in: 1...3, using: &random),
                source: [nil, 7, 9].randomElement(using: &random) ?? nil,
                channel: Bool.random(using: &random) ? .sms : .email,
                category: Category.allCases.randomElement(using: &random) ?? .otp,
                priority: Priority.allCases.randomElement(using: &random) ?? .low)
            let scope = table.scope(
                tenant: question.tenant, source: question.source, channel: question.channel,
                category: question.category, priority: question.priority)
            let domain = (Self.domains + ["xa.com", "w.d.org"]).randomElement(using: &random) ?? ""
            let address = question.channel == .sms ? "+" + digits(1...9, &random) : "x@" + domain
            let region = (Self.regions + [.none]).randomElement(using: &random) ?? .none
            let choice = scope.choose(address, region.code)
            let rule = expected(rules, question, address, region)
            #expect(choice.rule == rule?.id, "seed \(seed): \(question) \(address) \(region.code)")
            let plan = rule?.targets.map(\.provider).filter { id in
                providers.first { $0.id == id }?.refusal(for: question.tenant) == nil && id != 5
            }
            #expect(scope.providers(of: choice.plan) == plan ?? [])
            #expect((choice.refusal == nil) == !choice.plan.isEmpty)
            let told = table.explain(
                question, address: Array(address.utf8), region: region, message: MessageID(rawValue: 1),
                standings: .unknown)
            #expect(told.rule?.id == rule?.id && told.looks.first { $0.holds }?.rule.id == rule?.id)
        }
    }
}
