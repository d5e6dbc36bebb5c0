/// How much of the window a session uses. An SMSC that refuses for its rate gets half as much and a pause, twice as
/// long at each refusal that follows; what it takes then opens the window again step by step.
struct SMPPPace {
    static let shortestPause: Int64 = 50
    static let longestPause: Int64 = 2_000

    private let window: Int
    private(set) var limit: Int
    /// Until then nothing is submitted.
    private(set) var heldUntil = Int64.min
    private var pause = shortestPause / 2
    private var taken = 0

    init(window: Int) {
        self.window = window
        limit = window
    }

    mutating func refused(now: Int64) {
        taken = 0
        // The rest of the window was on its way already: one refusal.
        guard now >= heldUntil else { return }
        limit = max(1, limit / 2)
        pause = min(pause * 2, Self.longestPause)
        heldUntil = now + pause
    }

    mutating func accepted() {
        guard limit < window || pause > Self.shortestPause / 2 else { return }
        taken += 1
        guard taken >= max(limit, 8) else { return }
        taken = 0
        limit = min(window, limit + max(1, limit / 4))
        pause = max(Self.shortestPause / 2, pause / 2)
    }
}
