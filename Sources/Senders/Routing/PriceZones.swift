import Domain

/// The price lists of all providers of a channel, laid over each other: the numbers fall into zones within which
/// nobody's price changes, so that one walk over a number's digits finds what everybody asks for it.
struct PriceZones: Sendable {
    /// Currency 0: no price.
    struct Rate: Sendable, Hashable {
        var micros: Int64 = 0
        var currency: UInt16 = 0
    }

    /// Labels are zones, counted from 0 at the root.
    private let trie: PrefixTrie
    /// A row of providers for each zone.
    private let rates: [Rate]
    private let width: Int

    /// One table for each place in the table's list of providers; nil for those that nobody compares.
    init(_ tables: [PriceTable?]) {
        width = tables.count
        var currencies: [Currency: UInt16] = [:]
        var changes: [NumberPrefix: [(place: Int, rate: Rate)]] = [:]
        var base = [Rate](repeating: Rate(), count: tables.count)
        for (place, table) in tables.enumerated() {
            guard let table else { continue }
            for (prefix, price) in table.entries {
                let number = currencies[price.currency] ?? UInt16(clamping: currencies.count + 1)
                currencies[price.currency] = number
                let rate = Rate(micros: price.micros, currency: number)
                if let prefix { changes[prefix, default: []].append((place, rate)) } else { base[place] = rate }
            }
        }
        var zones = [base: UInt32(0)]
        var rows = base
        var labels: [(prefix: NumberPrefix, label: UInt32)] = []
        // The prefixes that the one at hand begins with, the longest last.
        var above: [(prefix: NumberPrefix, row: [Rate])] = []
        for (prefix, changed) in changes.sorted(by: { $0.key < $1.key }) {
            while let last = above.last, !prefix.begins(with: last.prefix) { above.removeLast() }
            var row = above.last?.row ?? base
            for (place, rate) in changed { row[place] = rate }
            above.append((prefix, row))
            let zone = zones[row] ?? UInt32(zones.count)
            if zones.updateValue(zone, forKey: row) == nil { rows += row }
            // The trie's labels are above 0.
            labels.append((prefix, zone + 1))
        }
        rates = rows
        trie = PrefixTrie(labels, rootLabel: 1)
    }

    func zone(of address: Span<UInt8>) -> Int { Int(trie.longestMatch(address)) - 1 }

    func rate(zone: Int, place: UInt16) -> Rate { rates[zone * width + Int(place)] }
}
