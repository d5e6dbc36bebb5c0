/// What a series of numbers is about.
package struct RateSubject: Sendable, Hashable {
    package var dimension: AlertDimension
    /// Nil: of all tenants together.
    package var tenant: Int64?
    package var source: Int64?
    package var provider: Int64?
    package var country = ""
    package var prefix = ""
    /// Costs in different currencies are different series.
    package var currency = ""

    package init(_ dimension: AlertDimension, tenant: Int64? = nil, source: Int64? = nil, provider: Int64? = nil) {
        self.dimension = dimension
        self.tenant = tenant
        self.source = source
        self.provider = provider
    }

    /// For the machine: the same for the same.
    package var key: String {
        [
            dimension.rawValue, tenant.map(String.init) ?? "", source.map(String.init) ?? "",
            provider.map(String.init) ?? "", country, prefix, currency,
        ].joined(separator: "/")
    }
}

/// A quarter of an hour of one series.
package struct RateCell: Sendable, Hashable {
    /// Handed over, of what the API took.
    package var volume: Int64 = 0
    package var cost: Int64 = 0
    package var sent: Int64 = 0
    /// Or in doubt.
    package var failed: Int64 = 0
    /// Of those that were sent, within an hour.
    package var delivered: Int64 = 0
    /// How long providers took, in microseconds, over so many looks.
    package var latency: Int64 = 0
    package var looks: Int64 = 0

    package init() {}

    package static func += (a: inout RateCell, b: RateCell) {
        a.volume += b.volume
        a.cost += b.cost
        a.sent += b.sent
        a.failed += b.failed
        a.delivered += b.delivered
        a.latency += b.latency
        a.looks += b.looks
    }

    func sample(_ measure: AlertMeasure) -> AlertJudge.Sample {
        func part(_ some: Int64, of all: Int64) -> AlertJudge.Sample {
            .init(all > 0 ? Double(some) / Double(all) : 0, count: Double(max(all, 0)))
        }
        return switch measure {
        case .volume: .init(Double(volume), count: Double(volume))
        case .cost: .init(Double(cost), count: Double(volume))
        case .failure: part(failed, of: sent + failed)
        case .delivery: part(delivered, of: sent)
        case .latency: part(latency, of: looks)
        }
    }
}

/// What there is of one subject, by week and quarter.
package struct RateSeries: Sendable {
    private var cells: [RateHours.Place: RateCell] = [:]

    package init() {}

    package mutating func add(_ cell: RateCell, at place: RateHours.Place) { cells[place, default: RateCell()] += cell }

    func sum(week: Int, _ quarters: ClosedRange<Int>) -> RateCell {
        var sum = RateCell()
        for quarter in quarters {
            if let cell = cells[RateHours.Place(week: week, quarter: quarter)] { sum += cell }
        }
        return sum
    }
}
