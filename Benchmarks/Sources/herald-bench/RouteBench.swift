import Domain
import Senders

/// Routing decisions one after the other on one core, with 100,000 number prefixes and 200 other rules; and the least
/// that has to be done for each: going over the same bytes once, and one look into a dictionary.
enum RouteBench {
    private static let prefixes = 100_000
    private static let rules = 200
    private static let providers: Int64 = 20
    private static let recipients = 100_000
    private static let passes = 20

    static func run() throws -> String {
        var random = Random(state: 7)
        let (numbers, ranges, regions) = recipients(&random)
        let (table, known) = table(&random)
        let scope = table.scope(tenant: 1, source: 1, channel: .sms, category: .transactional, priority: .normal)
        let text = numbers.span
        var sum = 0
        func decide(_ standings: ProviderStandings) -> Double {
            Rate.median(of: recipients * passes) {
                sum = 0
                for pass in 0..<passes {
                    for place in 0..<recipients {
                        let choice = scope.choose(
                            text.extracting(ranges[place]), region: regions[place & 63],
                            message: MessageID(rawValue: Int64(pass) << 32 | Int64(place)), standings: standings)
                        sum &+= Int(choice.plan[0])
                    }
                }
            }
        }
        let rate = decide(.unknown)
        let sick = decide(
            ProviderStandings(
                (1...providers).map {
                    ProviderStandings.Entry(provider: $0, isAvailable: $0 % 5 != 0, score: Int16($0 * 40), share: 90)
                }))
        guard sum > 0 else { throw Mismatch() }
        let walked = Rate.median(of: recipients * passes) {
            for _ in 0..<passes {
                for place in 0..<recipients {
                    for index in ranges[place] { sum &+= Int(text[index]) }
                }
            }
        }
        let lookedUp = Rate.median(of: recipients * passes) {
            for _ in 0..<passes {
                for place in 0..<recipients { sum &+= known[UInt64(place)] ?? 0 }
            }
        }
        let scopes = Rate.median(of: 2_000) {
            for source in 0..<2_000 as Range<Int64> {
                let scope = table.scope(
                    tenant: source & 3, source: source, channel: .sms, category: .otp, priority: .critical)
                sum &+= scope.isEmpty ? 1 : 0
            }
        }
        guard sum != 0 else { throw Mismatch() }
        return "{\"prefixes\":\(prefixes),\"rules\":\(rules),\"per_second\":\(Int(rate)),"
            + "\"per_second_with_sick_providers\":\(Int(sick)),\"scopes_per_second\":\(Int(scopes)),"
            + "\"walks_per_second\":\(Int(walked)),\"dictionary_lookups_per_second\":\(Int(lookedUp))}"
    }

    private struct Mismatch: Error {}

    /// Valid-looking numbers of many countries, in one buffer.
    private static func recipients(_ random: inout Random) -> ([UInt8], [Range<Int>], [Region]) {
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        for _ in 0..<recipients {
            let start = bytes.count
            bytes += "+\(10_000_000_000 + random.next() % 90_000_000_000)".utf8
            ranges.append(start..<bytes.count)
        }
        return (bytes, ranges, (0..<64).map { _ in region(&random) })
    }

    private static func region(_ random: inout Random) -> Region {
        let letters = (0..<2).map { _ in UInt8(0x41 + random.next() % 26) }
        return Region(String(decoding: letters, as: UTF8.self)) ?? .none
    }

    /// Prefixes of three to eight digits that lead to a hundred places, and rules of all kinds. And a dictionary of as
    /// many entries as there are prefixes.
    private static func table(_ random: inout Random) -> (RouteTable, [UInt64: Int]) {
        func targets(_ random: inout Random) -> [RouteRule.Target] {
            let first = Int64(random.next() % UInt64(providers))
            return (0..<3).map { RouteRule.Target(provider: (first + $0) % providers + 1, weight: Int32(50 - $0 * 20)) }
        }
        var seen: Set<NumberPrefix> = []
        while seen.count < prefixes {
            let digits = String(10_000_000 + random.next() % 90_000_000).prefix(3 + Int(random.next() % 6))
            if let prefix = NumberPrefix(digits) { seen.insert(prefix) }
        }
        var all: [RouteRule] = []
        let groups = 100
        let sorted = seen.sorted()
        for group in 0..<groups {
            var rule = RouteRule(id: Int64(all.count + 1), channel: .sms, targets: targets(&random))
            rule.prefixes = stride(from: group, to: sorted.count, by: groups).map { sorted[$0] }
            rule.choice = TargetChoice.allCases[group % 2]
            all.append(rule)
        }
        for number in 0..<rules {
            var rule = RouteRule(id: Int64(all.count + 1), targets: targets(&random))
            if number % 4 == 1 { rule.tenant = Int64(number % 5) }
            if number % 4 == 2 { rule.sources = [Int64(number % 3)] }
            if number % 4 == 3 { rule.categories = [.transactional, .alert] }
            if number > 0 { rule.countries = (0..<3).map { _ in region(&random) } }
            rule.order = number == 0 ? 1000 : 60 + number % 7 * 10
            rule.choice = TargetChoice.allCases[number % TargetChoice.allCases.count]
            all.append(rule)
        }
        let accounts = (1...providers).map { id in
            var prices = PriceTable()
            if let currency = Currency("SGD") {
                for prefix in ["", "1", "44", "65", "651", "33"] {
                    prices.set(
                        prefix: prefix,
                        to: PriceTable.Rate(micros: Int64(random.next() % 90_000), currency: currency))
                }
            }
            return RouteProvider(
                id: id, name: "p\(id)", access: ProviderAccess(owner: nil), prices: [.sms: prices])
        }
        let known = Dictionary(uniqueKeysWithValues: (0..<UInt64(prefixes)).map { ($0, 1) })
        return (RouteTable(rules: all, providers: accounts), known)
    }

    /// splitmix64: every run routes the same numbers by the same rules.
    private struct Random {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }
}
