/// One provider's account as a loop knows it: the identity by which its connections and waiting batches are found.
final class SMTPEndpoint: Sendable {
    let config: SMTPConfig
    let lookup: AddressLookup
    /// How many messages may be under way; asked before each.
    let allowedInFlight: @Sendable () -> Int

    init(
        _ config: SMTPConfig, lookup: AddressLookup = .system, allowedInFlight: @escaping @Sendable () -> Int = { .max }
    ) {
        self.config = config
        self.lookup = lookup
        self.allowedInFlight = allowedInFlight
    }
}
