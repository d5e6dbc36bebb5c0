import Domain

/// The time as credentials need it: the date goes into tokens, how long one has been held goes by the clock that
/// nobody sets.
struct CredentialClock: Sendable {
    var date: @Sendable () -> Timestamp = { .now }
    var instant: @Sendable () -> ContinuousClock.Instant = { .now }
}
