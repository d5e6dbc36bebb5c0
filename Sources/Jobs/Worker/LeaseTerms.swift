/// How long a worker may send after a heartbeat, and how long one that is not heard of is left alone. All workers of an
/// installation go by the same terms.
package struct LeaseTerms: Sendable, Hashable {
    /// How long a confirmed beat allows to send.
    package var length: Duration = .seconds(3)
    /// How long a beat may stand still before the worker is declared dead: longer than the lease, by more
    /// than a request that was just let through needs to leave.
    package var patience: Duration = .seconds(4)

    package init() {}
}
