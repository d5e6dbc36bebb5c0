import Domain

/// How many recipients a window takes for one provider: as many as a second is enough for, so that pause,
/// cancel and a drain take effect soon even where it is slow. Learnt from its windows, from a careful start.
struct WindowSize {
    private(set) var size: Int
    private static let most = 2000
    private static let goal: Duration = .seconds(1)

    init(first: Int) { size = first }

    mutating func took(_ time: Duration, for count: Int) {
        let fitting = Double(count) * Self.goal.seconds / max(time.seconds, 0.000_1)
        // At most doubled: one quick window must not open a long one.
        size = max(10, min(Self.most, size * 2, Int(fitting)))
    }
}
