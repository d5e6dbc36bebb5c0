import Domain

/// The configured limits of one provider account: the whole account's and those of single destinations.
struct SharedLimits {
    typealias Lane = ProviderGate.Lane

    private let provider: Int64
    /// By destination; `.none` is the account.
    private var buckets: [Region: ShareBucket] = [:]

    init(provider: Int64, settings: LimitSettings, now: ContinuousClock.Instant) {
        self.provider = provider
        var rates = settings.destinations
        rates[.none] = settings.account
        for (destination, rate) in rates {
            buckets[destination] = ShareBucket(limit: rate, criticalShare: settings.criticalShare, now: now)
        }
    }

    var isEmpty: Bool { buckets.isEmpty }

    mutating func refill(_ now: ContinuousClock.Instant) {
        for destination in buckets.keys { buckets[destination]?.refill(now) }
    }

    /// How many of so many may go to a destination, by its own limit alone; `.none` for the account's.
    func available(_ destination: Region, _ lane: Lane) -> Int? { buckets[destination]?.available(lane) }

    mutating func take(_ count: Int, _ destination: Region) { buckets[destination]?.take(count) }
    mutating func miss(_ count: Int, _ destination: Region) { buckets[destination]?.miss(count) }

    func wait(for wanted: Int, _ destination: Region, _ lane: Lane, _ now: ContinuousClock.Instant) -> Duration {
        buckets[destination]?.wait(for: wanted, lane, now) ?? .zero
    }

    mutating func demand(_ now: ContinuousClock.Instant) -> [LimitKey: Demand] {
        var demand: [LimitKey: Demand] = [:]
        for destination in buckets.keys {
            demand[LimitKey(provider: provider, destination: destination)] = buckets[destination]?.demand(now)
        }
        return demand
    }

    mutating func accept(
        _ grants: [LimitKey: Grant], asked: ContinuousClock.Instant, now: ContinuousClock.Instant
    ) {
        for (key, grant) in grants where key.provider == provider {
            buckets[key.destination]?.accept(grant, asked: asked, now: now)
        }
    }
}
