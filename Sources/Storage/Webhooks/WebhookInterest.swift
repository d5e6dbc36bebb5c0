import Domain

/// Which events of a campaign somebody wants to be told of; known before its first window, so that a campaign that
/// nobody listens to pays nothing.
package struct WebhookInterest: Sendable, Hashable {
    package let source: Int64?
    package let kinds: WebhookKinds

    package static let none = WebhookInterest(source: nil, kinds: .none)

    package init(source: Int64?, kinds: WebhookKinds) {
        self.source = source
        self.kinds = kinds
    }
}

extension WebhookStore {
    /// What is wanted of a tenant's source; also by who is disabled, because it can be told him later.
    package func interest(tenant: Int64, source: Int64?) async throws -> WebhookInterest {
        try await database.run { session in
            let mask = try session.query(
                "SELECT webhooks_wanted($1::int, $2::int) AS mask", [.int(tenant), .optional(source)])[0].int("mask")
            return WebhookInterest(source: source, kinds: WebhookKinds(mask: Int32(truncatingIfNeeded: mask)))
        }
    }
}
