import Domain

/// Picks who is first by weight. One who may not be first is passed over by picking anew among the others, so that
/// its messages spread over them in proportion, and nobody else's message moves.
struct WeightedPick {
    /// Those of all rules; this one's begin at `start`.
    let weights: [UInt32]
    let start: Int
    let count: Int
    let total: UInt32

    /// With everybody available.
    @inline(__always)
    func first(_ message: MessageID) -> Int {
        if total == 0 { return 0 }
        return pick(StableHash.of(message, salt: 0, below: total), among: ~0)
    }

    func first(_ message: MessageID, among candidates: UInt16) -> Int {
        var left: UInt16 = ~0
        var weight = total
        var round: UInt64 = 0
        while weight > 0 {
            let step = pick(StableHash.of(message, salt: round, below: weight), among: left)
            let bit: UInt16 = 1 << UInt16(step)
            if candidates & bit != 0 { return step }
            left &= ~bit
            weight -= weights[start + step]
            round += 1
        }
        // Only those are left who are fallback alone.
        let rest = candidates & left
        return rest != 0 ? rest.trailingZeroBitCount : candidates.trailingZeroBitCount
    }

    @inline(__always)
    private func pick(_ value: UInt32, among left: UInt16) -> Int {
        var rest = value
        for step in 0..<count {
            if left & 1 << UInt16(step) == 0 { continue }
            let weight = weights[start + step]
            if rest < weight { return step }
            rest -= weight
        }
        return 0
    }
}
