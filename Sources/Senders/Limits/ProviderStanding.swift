/// How one provider stands, as one process sees it: what routing goes by and `herald provider status` shows.
package struct ProviderStanding: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, CaseIterable {
        case closed
        case open
        case probing
        case returning
        /// Taken out by a person.
        case out
    }

    package var state: State
    /// How long it has been in this state.
    package var lasting: Duration
    /// Whether new messages may be sent through it at all.
    package var available: Bool
    /// Of 1000: without errors, and quick.
    package var score: Int
    /// Of 100: the part of the traffic that it should get while it comes back.
    package var share: Int
    /// Messages a second that were let through, over the last ten seconds.
    package var rate: Double
    /// Of the answers of the last ten seconds; of the dead addresses of the last minutes, where those are too many to be
    /// true.
    package var errorShare: Double
    package var timeOutShare: Double
    /// Of the last ten to twenty seconds; nil without answers.
    package var p50: Duration?
    package var p99: Duration?
    package var inFlight: Int
    package var allowedInFlight: Int
    /// Messages a second as learnt from refusals; nil where none is known.
    package var learntLimit: Int?

    /// By the square of what was sound, so that errors weigh more than any latency; a second of latency costs a
    /// third.
    static func score(errorShare: Double, p50: Duration?) -> Int {
        let sound = 1 - errorShare
        let seconds = p50.map { Double($0.components.attoseconds) / 1e18 + Double($0.components.seconds) } ?? 0
        return Int((1000 * sound * sound * 2 / (2 + seconds)).rounded())
    }
}
