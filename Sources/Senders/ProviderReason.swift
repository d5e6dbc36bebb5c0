/// Reasons that more than one part gives or compares. Short and constant: a reason is stored once a
/// message, and never holds an address.
package enum ProviderReason {
    /// The worker may no longer send: its lease has run out, and another worker may own the messages.
    package static let leaseOver = "the lease ran out"
}
