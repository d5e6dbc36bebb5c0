/// What happens to a message when nobody knows whether the provider took it.
package enum DeliveryMode: String, Sendable, Hashable {
    /// Sent again only if the request provably never left; otherwise it ends as `unknown`.
    case atMostOnce
    /// Sent again, with the same message id, until it expires.
    case atLeastOnce
}
