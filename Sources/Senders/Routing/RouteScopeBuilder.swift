import Domain

/// Settles for one question what does not depend on the recipient.
struct RouteScopeBuilder {
    private let table: RouteTable
    private let question: RouteQuestion
    private(set) var entries: [RouteScope.Entry] = []
    /// The entry of each rule of the table; -1 where it can't hold.
    private var entryOfRule: [Int32]

    init(_ table: RouteTable, _ question: RouteQuestion) {
        self.table = table
        self.question = question
        entryOfRule = [Int32](repeating: -1, count: table.rules.count)
    }

    /// In the order of rank, so that an entry's number ranks as its rule.
    mutating func addEntries(_ senders: inout ScopedSenders) {
        for (place, rule) in table.rules.enumerated() where rule.isEnabled && question.failing(rule) == nil {
            entryOfRule[place] = Int32(entries.count)
            entries.append(entry(rule, place, senders.add(rule.from)))
        }
    }

    private func entry(_ rule: RouteRule, _ place: Int, _ sender: Int32) -> RouteScope.Entry {
        var plan = RoutePlan()
        var weights = SIMD16<UInt32>(repeating: 0)
        var total: UInt32 = 0
        var targets = rule.targets
        if rule.choice == .weight {
            targets = targets.enumerated().sorted {
                ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset)
            }.map(\.element)
        }
        for target in targets {
            guard let provider = table.place(of: target.provider), plan.count < RoutePlan.capacity,
                table.providers[Int(provider)].refusal(for: question.tenant) == nil
            else { continue }
            let weight = UInt32(min(max(target.weight, 0), Int32(RouteRule.weights.upperBound)))
            weights[plan.count] = weight
            total += weight
            plan.append(provider)
        }
        return RouteScope.Entry(
            rule: UInt32(place), id: rule.id, choice: rule.choice, plan: plan, weights: weights, totalWeight: total,
            refusal: plan.isEmpty ? table.refusal(of: rule, for: question.tenant) : nil, sender: sender)
    }

    private func key(_ rule: UInt32) -> UInt64? {
        let entry = entryOfRule[Int(rule)]
        guard entry >= 0 else { return nil }
        return RouteScope.orderKey(table.rules[Int(rule)]) | UInt64(entry)
    }

    func listKeys() -> [UInt64] {
        // Label 0 is no list.
        var keys = [RouteScope.noKey]
        keys.reserveCapacity(table.lists.lists.count + 1)
        for list in table.lists.lists {
            var best = RouteScope.noKey
            for rule in list {
                guard let key = key(rule) else { continue }
                if !table.rules[Int(rule)].countries.isEmpty {
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
