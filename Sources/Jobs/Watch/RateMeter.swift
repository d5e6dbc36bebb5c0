import Storage
import Synchronization

/// What a process counted since somebody asked last, of what it counts for the page of metrics anyway.
package final class RateMeter: Sendable {
    private let metrics: JobMetrics
    private let told = Mutex(MinuteRateStore.Rates.zero)

    package init(_ metrics: JobMetrics) { self.metrics = metrics }

    func take() -> MinuteRateStore.Rates {
        let totals = metrics.totals
        return told.withLock { told in
            defer { told = totals }
            return .init(
                accepted: totals.accepted - told.accepted, sent: totals.sent - told.sent,
                ended: totals.ended - told.ended)
        }
    }
}
