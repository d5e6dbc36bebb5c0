import Metrics
import Senders

/// What is counted of the calls of one window: how long they took and, where its messages are on their first way, how
/// long those had waited.
struct WindowMeter: Sendable {
    let provider: ProviderMeter?
    /// Since when the messages could have been sent; nil where that is not measured.
    let readySince: ContinuousClock.Instant?
    let waits: Histogram

    func ended(_ call: ProviderCall) {
        provider?.ended(call)
        guard let readySince, !call.places.isEmpty else { return }
        waits.observe(readySince.duration(to: .now) - call.duration, count: call.places.count)
    }
}
