/// When a connection that broke is made again. One whose session had stood is made at once; where none comes about the
/// pauses double, each a random length up to that, so that many clients of an SMSC that returns don't come together.
struct SMPPReconnection {
    /// A session that stood that long was a good one.
    static let goodSession: Int64 = 5_000
    static let firstPause: Int64 = 500
    private static let shortestPause: Int64 = 50

    private let longest: Int64
    private var failures = 0
    private var boundAt: Int64?

    /// In milliseconds.
    init(longest: Int64) { self.longest = longest }

    mutating func bound(now: Int64) { boundAt = now }

    /// A session ended. True where it was a good one.
    mutating func ended(now: Int64) -> Bool {
        defer { boundAt = nil }
        guard let boundAt, now - boundAt >= Self.goodSession else { return false }
        failures = 0
        return true
    }

    /// No connection or no session came about, or none that lasted. Says how long to wait.
    mutating func pause() -> Int64 {
        let longest = min(Self.firstPause << Int64(min(failures, 16)), longest)
        failures += 1
        return Int64.random(in: min(Self.shortestPause, longest)...longest)
    }
}
