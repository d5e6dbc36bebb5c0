import Domain

extension RouteScope {
    /// Decides for one recipient. `address` is in its normal form: `+` and digits, or an email address.
    package func choose(
        _ address: Span<UInt8>, region: Region, message: MessageID, standings: ProviderStandings = .unknown
    ) -> RouteChoice {
        let row = row(of: region)
        var best = row.key
        switch addressKind {
        case .phone: best = min(best, bestByPrefix(address, region))
        case .email: best = min(best, bestByDomain(address, region))
        case .pushToken, .opaque: break
        }
        return choice(best, address, row, message, standings)
    }

    private func bestByPrefix(_ address: Span<UInt8>, _ region: Region) -> UInt64 {
        var best = Self.noKey
        var walk = PrefixWalk(address)
        while let label = walk.next(table.prefixes.nodes) {
            if label != 0 { best = min(best, key(of: label, length: walk.length, region)) }
        }
        return best
    }

    private func bestByDomain(_ address: Span<UInt8>, _ region: Region) -> UInt64 {
        var best = Self.noKey
        if table.domains.isEmpty { return best }
        var search = DomainIndex.Search()
        while true {
            let label = table.domains.next(address, &search)
            if label == 0 { return best }
            best = min(best, key(of: label, length: search.length, region))
        }
    }

    @inline(__always)
    private func key(of label: UInt32, length: Int, _ region: Region) -> UInt64 {
        var key = listKeys[Int(label)]
        if key == Self.someCountries { key = bestKey(of: label, in: region) }
        return key == Self.noKey ? key : key | Self.lengthKey(length)
    }

    /// For lists in which a rule names countries, too: rare, since a prefix mostly says the country.
    private func bestKey(of label: UInt32, in region: Region) -> UInt64 {
        var best = Self.noKey
        for rule in table.lists[label] {
            guard let entry = entryNumber(of: rule) else { continue }
            let own = table.rules[Int(rule)]
            if !own.countries.isEmpty, !own.countries.contains(region) { continue }
            best = min(best, Self.orderKey(own) | UInt64(entry))
        }
        return best
    }

    /// Entries are in the order of their rules.
    private func entryNumber(of rule: UInt32) -> Int? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].rule < rule { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].rule == rule ? low : nil
    }

    // MARK: From the rule to the plan

    func choice(
        _ key: UInt64, _ address: Span<UInt8>, _ row: Row, _ message: MessageID, _ standings: ProviderStandings
    ) -> RouteChoice {
        if key == Self.noKey { return .noRule }
        let number = Int32(truncatingIfNeeded: key & 0xFFFF_FFFF)
        let entry = entries[Int(number)]
        if entry.refusal != nil {
            return RouteChoice(rule: entry.id, plan: .empty, sender: .none, refusal: entry.refusal, entry: number)
        }
        let plan = plan(entry, address, message, standings)
        let sender =
            entry.sender >= 0
            ? SenderNumber(value: entry.sender) : senders.number(in: row.senders, provider: plan[0])
        return RouteChoice(rule: entry.id, plan: plan, sender: sender, refusal: nil, entry: number)
    }

    private func plan(
        _ entry: Entry, _ address: Span<UInt8>, _ message: MessageID, _ standings: ProviderStandings
    ) -> RoutePlan {
        let start = Int(entry.start)
        switch entry.choice {
        case .order:
            return standings.isCalm ? plans[start] : available(plans[start], standings, message, nil)
        case .weight:
            let picker = WeightedPick(
                weights: weights, start: start, count: plans[start].count, total: entry.totalWeight)
            if standings.isCalm { return plans[start + picker.first(message)] }
            return available(plans[start], standings, message, picker)
        case .cheapest:
            var plan = plans[start]
            if let zones, plan.count > 1 { sort(&plan, by: zones, address) }
            return standings.isCalm ? plan : available(plan, standings, message, nil)
        case .healthiest:
            var plan = plans[start]
            if !standings.isEmpty { plan.sort { -Int64(standings[provider(at: $0)].score) } }
            return standings.isCalm ? plan : available(plan, standings, message, nil)
        }
    }

    /// Prices in different currencies can't be compared: then as written. Who has no price comes last.
    private func sort(_ plan: inout RoutePlan, by zones: PriceZones, _ address: Span<UInt8>) {
        let zone = zones.zone(of: address)
        var currency: UInt16 = 0
        for step in 0..<plan.count {
            let own = zones.rate(zone: zone, place: plan[step]).currency
            if own == 0 { continue }
            if currency != 0, own != currency { return }
            currency = own
        }
        plan.sort {
            let rate = zones.rate(zone: zone, place: $0)
            return rate.currency == 0 ? .max : rate.micros
        }
    }

    /// Who is not available goes to the end, and one who is returning is first for its share of the messages only.
    private func available(
        _ plan: RoutePlan, _ standings: ProviderStandings, _ message: MessageID, _ picker: WeightedPick?
    ) -> RoutePlan {
        var up: UInt16 = 0
        // Those that may be first for this message.
        var ready: UInt16 = 0
        for step in 0..<plan.count {
            let id = provider(at: plan[step])
            let standing = standings[id]
            if !standing.isAvailable { continue }
            up |= 1 << UInt16(step)
            if StableHash.of(message, salt: UInt64(bitPattern: id), below: 100) < UInt32(standing.share) {
                ready |= 1 << UInt16(step)
            }
        }
        let candidates = ready != 0 ? ready : up != 0 ? up : ~0
        let first = picker?.first(message, among: candidates) ?? candidates.trailingZeroBitCount
        var result = RoutePlan()
        result.append(plan[first])
        for step in 0..<plan.count {
            if step != first, up & 1 << UInt16(step) != 0 { result.append(plan[step]) }
        }
        for step in 0..<plan.count {
            if step != first, up & 1 << UInt16(step) == 0 { result.append(plan[step]) }
        }
        return result
    }
}
