import Domain

/// One limit that all processes share: of a provider account as a whole, or of one destination country.
package struct LimitKey: Sendable, Hashable {
    package let provider: Int64
    /// `.none` for the account as a whole.
    package let destination: Region

    package init(provider: Int64, destination: Region = .none) {
        self.provider = provider
        self.destination = destination
    }
}

/// What one process wants of a limit.
package struct Demand: Sendable, Hashable {
    /// The limit itself, in messages a second over all processes.
    package var limit: Double
    /// What this process could send a second if it were alone.
    package var wanted: Double

    package init(limit: Double, wanted: Double) {
        self.limit = limit
        self.wanted = wanted
    }
}

/// A process's share of a limit, leased for a while.
package struct Grant: Sendable, Hashable {
    package var perSecond: Double
    /// How many processes share the limit, this one included.
    package var processes: Int
    /// Counted from the moment at which it was asked for.
    package var validFor: Duration

    package init(perSecond: Double, processes: Int, validFor: Duration = .seconds(2)) {
        self.perSecond = perSecond
        self.processes = processes
        self.validFor = validFor
    }
}

/// Where processes settle who may send how much, once a second for all limits at once and never for a message.
/// At any time the shares that are leased add up to no more than the limit.
package protocol LimitLedger: Sendable {
    func settle(_ demand: [LimitKey: Demand]) async throws -> [LimitKey: Grant]
}

/// For a process that has a provider to itself: all of every limit is its own.
package struct SoleLedger: LimitLedger {
    package init() {}

    package func settle(_ demand: [LimitKey: Demand]) -> [LimitKey: Grant] {
        demand.mapValues { Grant(perSecond: $0.limit, processes: 1) }
    }
}
