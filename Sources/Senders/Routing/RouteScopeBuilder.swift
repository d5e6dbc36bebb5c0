import Domain

/// Settles for one question what does not depend on the recipient.
struct RouteScopeBuilder {
    private let table: RouteTable
    private let question: RouteQuestion
    private(set) var entries: [RouteScope.Entry] = []
    private(set) var plans: [RoutePlan] = []
    private(set) var weights: [UInt32] = []
    /// Whether the tenant may send through a provider now.
    private let isUsable: [Bool]
    /// The entry of each rule of the table; -1 where it can't hold.
    private var entryOfRule: [Int32]

    init(_ table: RouteTable, _ question: RouteQuestion) {
        self.table = table
        self.question = question
        isUsable = table.providers.map { $0.refusal(for: question.tenant) == nil }
        entryOfRule = [Int32](repeating: -1, count: table.rules.count)
    }

    /// In the order of rank, so that an entry's number ranks as its rule.
    mutating func addEntries(_ senders: inout ScopedSenders) {
        for place in table.compiled.indices where table.compiled[place].holds(for: question) {
            entryOfRule[place] = Int32(entries.count)
            let sender = table.compiled[place].hasSender ? senders.add(table.rules[place].from) : -1
            addEntry(table.compiled[place], place, sender)
        }
    }

    private mutating func addEntry(_ rule: CompiledRule, _ place: Int, _ sender: Int32) {
        let start = plans.count
        var plan = RoutePlan()
        var total: UInt32 = 0
        for step in 0..<rule.plan.count where isUsable[Int(rule.plan[step])] {
            plan.append(rule.plan[step])
            weights.append(rule.weights[step])
            total += rule.weights[step]
        }
        if rule.choice == .weight {
            for step in 0..<plan.count { plans.append(plan.leading(with: step)) }
        } else {
            plans.append(plan)
        }
        // Both go on side by side.
        weights += repeatElement(0, count: max(0, plans.count - weights.count))
        plans += repeatElement(plan, count: max(0, weights.count - plans.count))
        entries.append(
            RouteScope.Entry(
                id: rule.id, rule: UInt32(place), sender: sender, start: Int32(start), totalWeight: total,
                choice: rule.choice,
                refusal: plan.isEmpty ? table.refusal(of: table.rules[place], for: question.tenant) : nil))
    }

    private func key(_ rule: UInt32) -> UInt64? {
        let entry = entryOfRule[Int(rule)]
        return entry < 0 ? nil : table.compiled[Int(rule)].orderKey | UInt64(entry)
    }

    func listKeys() -> [UInt64] {
        // Label 0 is no list.
        var keys = [RouteScope.noKey]
        keys.reserveCapacity(table.lists.lists.count + 1)
        for list in table.lists.lists {
            var best = RouteScope.noKey
            for rule in list {
                guard let key = key(rule) else { continue }
                if table.compiled[Int(rule)].hasCountries {
                    best = RouteScope.someCountries
                    break
                }
                best = min(best, key)
            }
            keys.append(best)
        }
        return keys
    }

    /// A row for each country that a rule or a sender names, and the first for all others.
    func rows(_ senders: inout ScopedSenders) -> (rowOfRegion: [UInt16], rows: [RouteScope.Row]) {
        var rowOfRegion = [UInt16](repeating: 0, count: Region.ordinals)
        var regions: [Region] = [.none]
        func add(_ region: Region) {
            let ordinal = region.ordinal
            guard ordinal > 0, ordinal < rowOfRegion.count, rowOfRegion[ordinal] == 0 else { return }
            rowOfRegion[ordinal] = UInt16(regions.count)
            regions.append(region)
        }
        let plain = table.plain.filter { entryOfRule[Int($0)] >= 0 }
        for rule in plain { table.rules[Int(rule)].countries.forEach(add) }
        senders.countries.forEach(add)
        var keys = [UInt64](repeating: RouteScope.noKey, count: regions.count)
        // They come in their order, so the first that holds stays, and the first without countries ends it.
        for rule in plain {
            guard let key = key(rule) else { continue }
            let own = key | RouteScope.lengthKey(0)
            let countries = table.rules[Int(rule)].countries
            if countries.isEmpty {
                for row in keys.indices where keys[row] == RouteScope.noKey { keys[row] = own }
                break
            }
            for country in countries {
                let ordinal = country.ordinal
                guard ordinal > 0, ordinal < rowOfRegion.count else { continue }
                let row = Int(rowOfRegion[ordinal])
                if keys[row] == RouteScope.noKey { keys[row] = own }
            }
        }
        let rows = zip(keys, regions).map { RouteScope.Row(key: $0, senders: senders.range(in: $1)) }
        return (rowOfRegion, rows)
    }
}

extension RouteTable {
    /// Why nobody of a rule can send, where that is so: what an administrator could change first.
    func refusal(of rule: RouteRule, for tenant: Int64) -> RouteRefusal {
        let reasons = Set(rule.targets.map { provider($0.provider)?.refusal(for: tenant) ?? .removed })
        return [.takenOut, .unusable, .notPermitted].first { reasons.contains($0) } ?? .removed
    }
}
