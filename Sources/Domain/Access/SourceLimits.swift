/// How much a source may have accepted, in recipients. What is nil is not limited.
package struct SourceLimits: Sendable, Hashable {
    package struct Rate: Sendable, Hashable {
        package var perSecond: Double
        /// How many at once after a pause.
        package var burst: Double

        package init(perSecond: Double, burst: Double? = nil) {
            self.perSecond = perSecond
            self.burst = burst ?? max(1, perSecond)
        }
    }

    /// A quota begins anew with each of these, by UTC.
    package enum Period: String, Sendable, Hashable, CaseIterable {
        case hour, day, month
    }

    package var rate: Rate?
    /// Critical messages have a rate of their own, the same as the others' unless said: neither uses up the other's.
    package var criticalRate: Rate?
    /// Quotas count every recipient, critical ones too: who pumps one-time passwords does so with those.
    package var quotas: [Period: Int64] = [:]

    package init() {}

    package var isEmpty: Bool { rate == nil && criticalRate == nil && quotas.isEmpty }

    package func rate(isCritical: Bool) -> Rate? { isCritical ? criticalRate ?? rate : rate }
}
