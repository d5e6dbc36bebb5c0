import Domain

/// How the sandbox treats messages whose recipients are not magic. Rates are shares of one.
package struct SandboxSettings: Sendable, Hashable {
    package var latency: Duration = .zero
    /// Up to that much is added to the latency, evenly spread.
    package var jitter: Duration = .zero
    package var temporaryRate = 0.0
    package var permanentRate = 0.0
    package var throttleRate = 0.0
    package var inDoubtRate = 0.0
    /// Messages taken per second; nil for no limit.
    package var ratePerSecond: Int?
    /// What a throttled message is told to wait.
    package var retryAfter: Duration = .seconds(1)
    package var pricePerSegment: Money?
    /// The same seed, message and attempt always meet the same fate.
    package var seed: UInt64 = 0
    /// Whether magic recipients are looked for.
    package var magic = true

    package init() {}

    /// Nothing is refused at random, so that a message needs no draw.
    var isSmooth: Bool { temporaryRate + permanentRate + throttleRate + inDoubtRate <= 0 }
}
