import Domain

/// How one process sees one provider.
package struct ProviderHealth: Sendable, Hashable {
    package var provider: Int64
    package var process: Int64
    package var at: Timestamp
    /// `closed`, `open`, `probing`, `returning` or `out`.
    package var state: String
    package var lasting: Duration
    /// Of 1000.
    package var score: Int
    /// Of 100.
    package var share: Int
    /// Messages a second.
    package var rate: Double
    package var errorShare: Double
    package var timeOutShare: Double
    package var p50: Duration?
    package var p99: Duration?
    package var inFlight: Int
    package var allowed: Int
    package var learntLimit: Int?

    package init(
        provider: Int64, process: Int64, at: Timestamp, state: String, lasting: Duration, score: Int, share: Int,
        rate: Double, errorShare: Double, timeOutShare: Double, p50: Duration?, p99: Duration?, inFlight: Int,
        allowed: Int, learntLimit: Int?
    ) {
        self.provider = provider
        self.process = process
        self.at = at
        self.state = state
        self.lasting = lasting
        self.score = score
        self.share = share
        self.rate = rate
        self.errorShare = errorShare
        self.timeOutShare = timeOutShare
        self.p50 = p50
        self.p99 = p99
        self.inFlight = inFlight
        self.allowed = allowed
        self.learntLimit = learntLimit
    }
}

extension ProviderHealth {
    init(row: PostgresRow) throws(StorageError) {
        provider = try row.int("provider")
        process = try row.int("process")
        at = try row.time("at")
        state = try row.text("state")
        lasting = .microseconds(try row.int("lasting"))
        score = Int(try row.int("score"))
        share = Int(try row.int("share"))
        rate = Double(try row.int("rate")) / 1000
        errorShare = Double(try row.int("error_share")) / 1_000_000
        timeOutShare = Double(try row.int("timeout_share")) / 1_000_000
        p50 = try row.optionalInt("latency_p50_us").map { .microseconds($0) }
        p99 = try row.optionalInt("latency_p99_us").map { .microseconds($0) }
        inFlight = Int(try row.int("in_flight"))
        allowed = Int(try row.int("allowed"))
        learntLimit = try row.optionalInt("learnt_limit").map { Int($0) }
    }
}
