import Domain
import Senders
import Synchronization
import TestSupport

/// A provider that answers at once until it is told to hang; then it says nothing any more, until it is told to give
/// up: whatever it had in hand is in doubt.
final class HangingProvider: Provider {
    let name = "hanging"
    private let state = Mutex<(answered: Int, hung: Int, hangsFrom: Int)>((0, 0, .max))
    private let end = WaitPoint()

    /// It answers so many messages.
    init(answers: Int) { state.withLock { $0.hangsFrom = answers } }

    var answered: Int { state.withLock { $0.answered } }
    /// Messages that it took and never said anything about.
    var hung: Int { state.withLock { $0.hung } }

    func giveUp() { end.open() }

    func send(_ batch: borrowing MessageBatch, witness: any CallWitness) async -> [Outcome] {
        var outcomes: [Outcome] = []
        var hanging: [(place: Int, began: ContinuousClock.Instant)] = []
        for place in batch.messages.indices {
            witness.began()
            let leave = witness.leave()
            guard leave == .granted else {
                outcomes.append(.notSent(reason: leave.reason))
                witness.ended(call(place, .zero, status: 0, .notSent))
                continue
            }
            let hangs = state.withLock { state in
                if state.answered < state.hangsFrom {
                    state.answered += 1
                    return false
                }
                state.hung += 1
                return true
            }
            if hangs {
                hanging.append((place, .now))
                outcomes.append(.inDoubt(reason: "no answer in time"))
            } else {
                outcomes.append(.sent(reference: "h\(place)", cost: nil))
                witness.ended(call(place, .milliseconds(2), status: 200, .sent))
            }
        }
        if !hanging.isEmpty { await end.wait() }
        for (place, began) in hanging {
            witness.ended(call(place, began.duration(to: .now), status: 0, .inDoubt))
        }
        return outcomes
    }

    private func call(_ place: Int, _ time: Duration, status: Int32, _ kind: Outcome.Kind) -> ProviderCall {
        ProviderCall(places: place..<place + 1, startedAt: .now, duration: time, status: status, kind: kind)
    }
}
