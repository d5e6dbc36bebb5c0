/// What counts as trouble, and what is done about it.
package struct AlertRule: Sendable, Hashable {
    package var name: String
    package var tenant: Int64?
    package var source: Int64?
    package var measure: AlertMeasure
    package var dimension: AlertDimension
    package var direction: AlertDirection
    /// Volume, cost and latency: how many times the usual, or with `fall` what part of it (5: a fifth). Failure and
    /// delivery: by what part of all messages it may be off the usual.
    package var threshold: Double
    /// What rests on fewer messages says nothing.
    package var minCount: Int64
    package var pausesSource = false
    /// Also one-time passwords and critical messages.
    package var includesCritical = false
    /// Nobody is to be told.
    package var isMuted = false

    package init(
        name: String, tenant: Int64? = nil, source: Int64? = nil, measure: AlertMeasure, dimension: AlertDimension,
        direction: AlertDirection? = nil, threshold: Double, minCount: Int64
    ) {
        self.name = name
        self.tenant = tenant
        self.source = source
        self.measure = measure
        self.dimension = dimension
        self.direction = direction ?? (measure == .delivery ? .fall : .rise)
        self.threshold = threshold
        self.minCount = minCount
    }

    /// The source's rule goes before the tenant's, that before one for all.
    package var specificity: Int { source != nil ? 2 : tenant != nil ? 1 : 0 }

    /// Why there can't be such a rule; nil where there can.
    package var fault: String? {
        switch measure {
        case .latency where dimension != .provider || tenant != nil:
            return "latency is measured by provider, for all tenants together"
        case .failure, .delivery:
            if dimension == .prefix { return "by prefix there is the volume only" }
            if threshold >= 1 { return "a part of all messages is below 1, such as 0.1 for ten in a hundred" }
            let right: AlertDirection = measure == .failure ? .rise : .fall
            if direction != right { return "\(measure.rawValue) is watched for a \(right.rawValue)" }
        default:
            if dimension == .prefix, measure != .volume || direction == .fall {
                return "by prefix there is the rise of the volume only"
            }
            if threshold <= 1 { return "how many times the usual is above 1, such as 3" }
            if direction == .fall, measure != .volume { return "only volume and delivery are watched for a fall" }
        }
        if pausesSource, !dimension.hasSource { return "only a rule by source, country or prefix can pause a source" }
        if includesCritical, !pausesSource { return "critical messages are included in a pause, and there is none" }
        if source != nil, !dimension.hasSource { return "what is watched by \(dimension.rawValue) is no source's" }
        return nil
    }
}
