import Domain

/// What waits, in a line for each tenant: whoever takes from it takes of each line in turn, so that a tenant that sends as
/// much as it can makes others wait for no more than its share.
struct FairLine<Item> {
    private struct Line {
        var items = Fifo<(item: Item, weight: Int)>()
        /// Of what stands in it.
        var weight = 0
    }

    private var lines: [Int64: Line] = [:]
    /// Tenants that have something waiting, in the order of their turns.
    private var turns: [Int64] = []
    /// Of all that waits.
    private(set) var weight = 0

    var isEmpty: Bool { turns.isEmpty }

    func weight(of tenant: Int64) -> Int { lines[tenant]?.weight ?? 0 }

    mutating func add(_ item: Item, of tenant: Int64, weight: Int) {
        if lines[tenant] == nil { turns.append(tenant) }
        lines[tenant, default: Line()].items.append((item, weight))
        lines[tenant]?.weight += weight
        self.weight += weight
    }

    /// One at least, and then more until they weigh so much.
    mutating func take(_ limit: Int) -> [Item] {
        var taken: [Item] = []
        var sum = 0
        var turn = 0
        while !turns.isEmpty, taken.isEmpty || sum < limit {
            if turn == turns.count { turn = 0 }
            let tenant = turns[turn]
            if let (item, weight) = lines[tenant]?.items.popFirst() {
                taken.append(item)
                sum += weight
                lines[tenant]?.weight -= weight
            }
            if lines[tenant]?.items.isEmpty ?? true {
                lines[tenant] = nil
                turns.remove(at: turn)
            } else {
                turn += 1
            }
        }
        // Whoever was not reached begins the next time.
        if turn < turns.count { turns = Array(turns[turn...] + turns[..<turn]) }
        weight -= sum
        return taken
    }
}
