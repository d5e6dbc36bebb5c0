import Domain

/// The rules that can hold for one campaign or one request, with all that does not depend on the recipient decided.
/// Made in microseconds, then asked for each recipient without an allocation.
///
/// Each rule that can hold has a *key*: order, then the length of the match (longer is lower), then rank. The lowest
/// key of all matches decides, and its low half is the rule.
package struct RouteScope: Sendable {
    /// A rule as the hot path needs it.
    struct Entry: Sendable {
        let id: Int64
        /// The rule's place in the table.
        let rule: UInt32
        let sender: Int32
        /// Where its plans and weights begin.
        let start: Int32
        let totalWeight: UInt32
        let choice: TargetChoice
        let refusal: RouteRefusal?
    }

    /// What holds for the numbers of one country.
    struct Row: Sendable {
        /// The best rule without prefixes and domains.
        var key: UInt64
        /// The senders that fit, the most specific first.
        var senders: Range<Int32>
    }

    package let question: RouteQuestion
    let table: RouteTable
    let entries: [Entry]
    /// Of each entry the plan of all its usable providers; where weights choose, one with each in front.
    let plans: [RoutePlan]
    /// Parallel to the plans.
    let weights: [UInt32]
    /// The best key of each list, the match's length left out; `someCountries` where that depends on the country.
    let listKeys: [UInt64]
    /// Which row a country has, by its ordinal; row 0 is for all that nobody names.
    let rowOfRegion: [UInt16]
    let rows: [Row]
    let senders: ScopedSenders
    let zones: PriceZones?
    let addressKind: AddressKind

    static let noKey = UInt64.max
    static let someCountries = UInt64.max - 1

    /// The half of a key above the match's length.
    static func orderKey(_ rule: RouteRule) -> UInt64 {
        UInt64(min(max(rule.order, 0), RouteRule.orders.upperBound)) << 40
    }

    /// The length comes in the eight bits between order and rank.
    @inline(__always)
    static func lengthKey(_ length: Int) -> UInt64 { UInt64(255 &- min(length, 255)) << 32 }

    init(_ table: RouteTable, _ question: RouteQuestion) {
        self.table = table
        self.question = question
        addressKind = question.channel.addressKind
        zones = table.zones[question.channel]
        var senders = ScopedSenders(table, question)
        var builder = RouteScopeBuilder(table, question)
        builder.addEntries(&senders)
        entries = builder.entries
        plans = builder.plans
        weights = builder.weights
        listKeys = builder.listKeys()
        (rowOfRegion, rows) = builder.rows(&senders)
        self.senders = senders
    }

    // MARK: What a plan and a choice stand for

    package func provider(at place: UInt16) -> Int64 { table.providerIDs[Int(place)] }

    package func providers(of plan: RoutePlan) -> [Int64] { (0..<plan.count).map { provider(at: plan[$0]) } }

    /// The rule that a choice was made by, with its alternate channels and its wait.
    package func rule(of choice: RouteChoice) -> RouteRule? {
        choice.entry < 0 ? nil : table.rules[Int(entries[Int(choice.entry)].rule)]
    }

    /// The text of a sender; empty where the provider's default applies.
    package func senderText(_ sender: SenderNumber) -> String { senders.text(sender.value) }

    /// The sender that another step of a choice's plan is told: it may be another one with each provider.
    package func sender(for choice: RouteChoice, step: Int, region: Region) -> SenderNumber {
        guard choice.entry >= 0 else { return .none }
        let own = entries[Int(choice.entry)].sender
        if own >= 0 { return SenderNumber(value: own) }
        return senders.number(in: row(of: region).senders, provider: choice.plan[step])
    }

    /// The channels that its rules name to follow this one.
    package var alternates: Set<Channel> { Set(entries.flatMap { table.rules[Int($0.rule)].alternates }) }

    /// Whether a provider may be told one sender or another, as the recipient's country wants it.
    package var hasSenders: Bool { rows.contains { !$0.senders.isEmpty } }

    /// Whether one of its rules has several providers to choose from.
    package var hasChoices: Bool { plans.contains { $0.count > 1 } }

    /// Everybody through whom one of its rules may send.
    package var reachable: [Int64] {
        var places: Set<UInt16> = []
        for plan in plans { for step in 0..<plan.count { places.insert(plan[step]) } }
        return places.sorted().map(provider(at:))
    }

    /// What a recipient gets of whom nothing is known but that there is one: only rules without conditions on
    /// number, country and domain hold.
    package var fallback: RouteChoice {
        let nobody: [UInt8] = []
        return choice(rows[0].key, nobody.span, rows[0], MessageID(rawValue: 0), .unknown)
    }

    /// Whether any rule can hold at all.
    package var isEmpty: Bool { entries.isEmpty }

    func row(of region: Region) -> Row {
        let ordinal = region.ordinal
        return rows[ordinal < rowOfRegion.count ? Int(rowOfRegion[ordinal]) : 0]
    }
}

extension Region {
    static let ordinals = 1 + 26 * 26 + 1000

    /// A small number for each code: 0 for none, then the letters, then the digits.
    var ordinal: Int {
        let (first, second, third) = (packed >> 16, packed >> 8 & 0xFF, packed & 0xFF)
        if packed == 0 { return 0 }
        if first == 0 { return Int(1 &+ (second &- 0x41) &* 26 &+ (third &- 0x41)) }
        return Int(677 &+ (first &- 0x30) &* 100 &+ (second &- 0x30) &* 10 &+ (third &- 0x30))
    }
}
