/// Whether a provider is believed that addresses are dead, which are never sent to again. One at a time it knows best.
/// Where it says so of a large part of all, something else is wrong: an account with the tokens of the other environment
/// or of another app, whose credentials were mixed up. A list must not be lost over that.
///
/// Looks at the answers of ten to eleven minutes. Holds from the share on that the account's settings say, and lets go
/// once it has fallen below.
package struct PruningBrake: Sendable {
    /// So many may be dead in any case.
    package static let fewest = 50
    package static let length: Duration = .seconds(600)
    private static let slots = 10

    private let share: Double
    private let origin: ContinuousClock.Instant
    private var counts = [(dead: Int, answers: Int)](repeating: (0, 0), count: PruningBrake.slots + 1)
    private var newest: Int64 = 0

    init(share: Double, now: ContinuousClock.Instant) {
        self.share = share
        origin = now
    }

    /// Whether so many of so many answers are too many to be true.
    package static func holds(dead: Int, of answers: Int, share: Double) -> Bool {
        dead > fewest && share < 1 && Double(dead) > share * Double(answers)
    }

    /// Takes what a batch was answered; returns whether its dead addresses are to be believed.
    mutating func take(dead: Int, of answers: Int, _ now: ContinuousClock.Instant) -> Bool {
        let place = place(now)
        counts[place].dead += dead
        counts[place].answers += answers
        return deadShare(now) == nil
    }

    /// The share of dead addresses while that is too large to be true.
    mutating func deadShare(_ now: ContinuousClock.Instant) -> Double? {
        _ = place(now)
        let (dead, answers) = counts.reduce((0, 0)) { ($0.0 + $1.dead, $0.1 + $1.answers) }
        return Self.holds(dead: dead, of: answers, share: share) ? Double(dead) / Double(answers) : nil
    }

    /// Drops what has become old; a time before the newest slot counts to that one.
    private mutating func place(_ now: ContinuousClock.Instant) -> Int {
        let slot = origin.duration(to: now).components.seconds / (Self.length.components.seconds / Int64(Self.slots))
        newest = max(newest, slot - Int64(counts.count))
        while newest < slot {
            newest += 1
            counts[Int(newest) % counts.count] = (0, 0)
        }
        return Int(newest) % counts.count
    }
}
