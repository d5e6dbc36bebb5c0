import Domain

/// Counts what addresses guessed wrong: some are forgiven, then it takes time. A bucket of tokens for each address (for
/// IPv6 each /64, which is what one customer has), in a table of fixed size: whoever comes with more addresses than fit
/// pushes out those that guessed least. It is only asked about guesses: a key that is right is never slowed.
struct GuessBrake {
    private struct Slot {
        var tag: UInt64 = 0
        var at: ContinuousClock.Instant
        var tokens: Double
    }

    private let burst: Double
    private let perSecond: Double
    private var slots: [Slot]
    /// An address finds its slot among so many.
    private static let ways = 4

    init(burst: Int = 20, perSecond: Double = 0.2, slots: Int = 16_384, now: ContinuousClock.Instant) {
        self.burst = Double(burst)
        self.perSecond = perSecond
        self.slots = Array(repeating: Slot(at: now, tokens: self.burst), count: max(Self.ways, slots))
    }

    /// One more wrong guess. How long to wait with the next where there were too many; nil where not.
    mutating func guessed(from address: IPAddress, now: ContinuousClock.Instant) -> Duration? {
        let place = place(of: address, now)
        guard slots[place].tokens >= 1 else { return .seconds((1 - slots[place].tokens) / perSecond) }
        slots[place].tokens -= 1
        return nil
    }

    /// The address's slot, or that of its neighbours that has least to say.
    private mutating func place(of address: IPAddress, _ now: ContinuousClock.Instant) -> Int {
        // Seeded for each process: nobody can choose addresses that meet in one place.
        var hasher = Hasher()
        hasher.combine(address.high)
        if address.isV4 { hasher.combine(address.low) }
        let hash = UInt64(bitPattern: Int64(hasher.finalize()))
        let tag = hash | 1
        let first = Int(hash >> 32) % (slots.count / Self.ways) * Self.ways
        var fullest = first
        for place in first..<(first + Self.ways) {
            let idle = max(.zero, slots[place].at.duration(to: now)).seconds
            slots[place].tokens = min(burst, slots[place].tokens + idle * perSecond)
            slots[place].at = now
            if slots[place].tag == tag { return place }
            if slots[place].tokens > slots[fullest].tokens { fullest = place }
        }
        slots[fullest] = Slot(tag: tag, at: now, tokens: burst)
        return fullest
    }
}
